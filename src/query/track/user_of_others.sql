-- Whether browsers' events or proxied requests know a user.
SELECT 1 FROM heat_user WHERE project_id = ?1 AND external_id = ?2
UNION ALL
SELECT 1 FROM traffic_user WHERE project_id = ?1 AND external_id = ?2
LIMIT 1
