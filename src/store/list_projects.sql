SELECT id, uuid, name, workspace_id, created_at_ms
FROM project
WHERE deleted_at_ms IS NULL
ORDER BY id
