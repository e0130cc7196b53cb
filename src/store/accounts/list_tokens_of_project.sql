SELECT token.id, project.id, project.uuid, project.name, token.prefix, token.name, token.may_erase, token.created_at_ms,
       token.expires_at_ms, account.name
FROM read_token AS token
JOIN project ON project.id = token.project_id
LEFT JOIN account ON account.id = token.created_by
WHERE token.project_id = ?1 AND token.revoked_at_ms IS NULL
ORDER BY token.id DESC
