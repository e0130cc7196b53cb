SELECT
    (SELECT MIN(bucket) FROM traffic_bucket WHERE project_id = ?1 AND grain = ?2),
    (SELECT MAX(bucket) FROM traffic_bucket WHERE project_id = ?1 AND grain = ?2)
