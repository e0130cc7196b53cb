SELECT project.name, secret.prefix, secret.created_at_ms, secret.revoked_at_ms, FALSE, '', NULL
FROM project_key AS secret
JOIN project ON project.id = secret.project_id
ORDER BY secret.id
