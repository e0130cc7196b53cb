SELECT rowid, id, project_id, external_id, traits_json, created_at
FROM users
WHERE rowid > ?1
ORDER BY rowid
LIMIT ?2
