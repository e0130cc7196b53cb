SELECT DISTINCT rollup.project_id, dictionary.text
FROM traffic_rollup AS rollup
JOIN dictionary ON dictionary.id = rollup.route_id
WHERE rollup.grain = 2 AND rollup.bucket >= ?1 AND rollup.status_class IN (2, 3)
LIMIT ?2
