SELECT project.name, secret.prefix, secret.created_at_ms, secret.revoked_at_ms, secret.may_erase, secret.name,
       secret.expires_at_ms
FROM read_token AS secret
JOIN project ON project.id = secret.project_id
ORDER BY secret.id
