SELECT id
FROM project
WHERE (workspace_id = ?1 OR uuid = ?2) AND deleted_at_ms IS NULL
ORDER BY workspace_id IS ?1 DESC
LIMIT 1
