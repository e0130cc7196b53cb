SELECT
    (SELECT min(bucket) FROM traffic_bucket WHERE project_id = ?1 AND grain = 1 AND bucket BETWEEN ?2 AND ?3),
    (SELECT max(bucket) FROM traffic_bucket WHERE project_id = ?1 AND grain = 1 AND bucket BETWEEN ?2 AND ?3)
