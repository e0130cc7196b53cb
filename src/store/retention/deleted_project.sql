SELECT id, deleted_at_ms
FROM project INDEXED BY project_deleted
WHERE deleted_at_ms IS NOT NULL
ORDER BY deleted_at_ms, id
LIMIT 1
