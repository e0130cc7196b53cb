-- Goes through the buckets that exist, and looks the route up in each.
SELECT r.bucket, r.route_id, r.method_id, r.status_class, r.summary
FROM traffic_bucket AS b
CROSS JOIN traffic_rollup AS r
    ON r.project_id = b.project_id AND r.grain = b.grain AND r.bucket = b.bucket AND r.route_id = ?5
WHERE b.project_id = ?1 AND b.grain = ?2 AND b.bucket >= ?3 AND b.bucket < ?4
