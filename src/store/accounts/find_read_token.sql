SELECT project.id, project.uuid, token.may_erase, COALESCE(token.expires_at_ms <= ?2, 0)
FROM read_token AS token
JOIN project ON project.id = token.project_id
WHERE token.hash = ?1 AND token.revoked_at_ms IS NULL
