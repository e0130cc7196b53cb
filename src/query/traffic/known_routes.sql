SELECT DISTINCT rollup.project_id, dictionary.text
FROM project
CROSS JOIN traffic_rollup AS rollup ON rollup.project_id = project.id AND rollup.grain = 2 AND rollup.bucket >= ?1
CROSS JOIN dictionary ON dictionary.id = rollup.route_id
WHERE rollup.status_class IN (2, 3)
LIMIT ?2
