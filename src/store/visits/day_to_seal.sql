SELECT project_id, day
FROM visit_day INDEXED BY visit_day_open
WHERE is_sealed = 0 AND day < ?1 AND changed_ms <= ?2
ORDER BY day
LIMIT 1
