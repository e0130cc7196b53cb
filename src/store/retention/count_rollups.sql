-- Buckets of minutes, hours and days; ?3 is in milliseconds.
SELECT
    (SELECT COUNT(*) FROM traffic_bucket WHERE project_id = ?1 AND grain = 0 AND bucket < ?3 / 60000)
        + (SELECT COUNT(*) FROM traffic_bucket WHERE project_id = ?1 AND grain = 1 AND bucket < ?3 / 3600000)
        + (SELECT COUNT(*) FROM traffic_rollup WHERE project_id = ?1 AND grain = 0 AND bucket < ?3 / 60000)
        + (SELECT COUNT(*) FROM traffic_rollup WHERE project_id = ?1 AND grain = 1 AND bucket < ?3 / 3600000)
        + (SELECT COUNT(*) FROM traffic_rollup WHERE project_id = ?1 AND grain = 2 AND bucket < ?2)
        + (SELECT COUNT(*) FROM traffic_user_rollup WHERE project_id = ?1 AND grain = 1 AND bucket < ?3 / 3600000)
        + (SELECT COUNT(*) FROM traffic_user_rollup WHERE project_id = ?1 AND grain = 2 AND bucket < ?2)
        + COUNT(*),
    MIN(bucket),
    MAX(bucket)
FROM traffic_bucket
WHERE project_id = ?1 AND grain = 2 AND bucket < ?2
