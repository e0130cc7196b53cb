SELECT id
FROM project
WHERE (name = ?1 OR ?1 = '') AND deleted_at_ms IS NULL
ORDER BY id
LIMIT 1
