SELECT id, name, email
FROM traffic_user
WHERE project_id = ?1 AND external_id = ?2
