SELECT project.id, project.uuid, secret.may_erase
FROM read_token AS secret
JOIN project ON project.id = secret.project_id
WHERE secret.hash = ?1 AND secret.revoked_at_ms IS NULL
