-- Minutes of a route's rows that are not in the rollups yet.
SELECT DISTINCT created_at_ms / 60000
FROM traffic_request NOT INDEXED
WHERE id > (SELECT rolled_up_id FROM traffic_progress)
    AND project_id = ?1
    AND route_id = ?2
