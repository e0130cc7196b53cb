-- The latest bucket of a grain between ?3 and ?4 in which a route, and if ?6 is given a class of status, occurs.
SELECT bucket.bucket
FROM traffic_bucket AS bucket
WHERE bucket.project_id = ?1
    AND bucket.grain = ?2
    AND bucket.bucket BETWEEN ?3 AND ?4
    AND EXISTS (
        SELECT 1
        FROM traffic_rollup AS rollup
        WHERE rollup.project_id = ?1
            AND rollup.grain = ?2
            AND rollup.bucket = bucket.bucket
            AND rollup.route_id = ?5
            AND (?6 IS NULL OR rollup.status_class = ?6)
    )
ORDER BY bucket.bucket DESC
LIMIT 1
