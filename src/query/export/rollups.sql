SELECT
    rollup.grain, rollup.bucket, rollup.route_id, rollup.method_id, rollup.status_class,
    rollup.bucket * CASE rollup.grain WHEN 0 THEN 60000 WHEN 1 THEN 3600000 ELSE 86400000 END AS "start:time",
    CASE rollup.grain WHEN 0 THEN 'minute' WHEN 1 THEN 'hour' ELSE 'day' END AS grain,
    (SELECT text FROM dictionary WHERE id = rollup.route_id) AS route,
    COALESCE((SELECT text FROM dictionary WHERE id = rollup.method_id), '(other)') AS method, rollup.status_class,
    rollup.summary AS "summary:summary"
FROM traffic_rollup AS rollup
WHERE rollup.project_id = ?1
    AND rollup.bucket * CASE rollup.grain WHEN 0 THEN 60000 WHEN 1 THEN 3600000 ELSE 86400000 END >= ?2
    AND rollup.bucket * CASE rollup.grain WHEN 0 THEN 60000 WHEN 1 THEN 3600000 ELSE 86400000 END < ?3
    AND (rollup.grain, rollup.bucket, rollup.route_id, rollup.method_id, rollup.status_class)
        > (COALESCE(?5, -1), COALESCE(?6, 0), COALESCE(?7, 0), COALESCE(?8, 0), COALESCE(?9, 0))
ORDER BY rollup.grain, rollup.bucket, rollup.route_id, rollup.method_id, rollup.status_class
LIMIT ?4
