SELECT day, is_sealed
FROM visit_day
WHERE project_id = ?1 AND day BETWEEN ?2 AND ?3
ORDER BY day
