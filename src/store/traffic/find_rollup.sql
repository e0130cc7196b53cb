SELECT summary
FROM traffic_rollup
WHERE project_id = ?1 AND grain = ?2 AND bucket = ?3 AND route_id = ?4 AND method_id = ?5 AND status_class = ?6
