SELECT id, prefix, created_at_ms, revoked_at_ms
FROM project_key
WHERE project_id = ?1
ORDER BY revoked_at_ms IS NOT NULL, id DESC
LIMIT ?2
