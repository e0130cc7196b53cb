-- ?5 is for rollups_of_route.sql; here it is NULL.
SELECT bucket, route_id, method_id, status_class, summary
FROM traffic_rollup
WHERE project_id = ?1 AND grain = ?2 AND bucket >= ?3 AND bucket < ?4 AND ?5 IS NULL
