UPDATE project_key
SET revoked_at_ms = ?3
WHERE project_id = ?1 AND id = ?2 AND revoked_at_ms IS NULL
