-- The first and the last hour between ?2 and ?3 with requests. The plus keeps SQLite from using an index: the rows
-- beyond the rollups are few and lie together.
WITH hour (number) AS (
    SELECT min(bucket) FROM traffic_bucket WHERE project_id = ?1 AND grain = 1 AND bucket BETWEEN ?2 AND ?3
    UNION ALL
    SELECT max(bucket) FROM traffic_bucket WHERE project_id = ?1 AND grain = 1 AND bucket BETWEEN ?2 AND ?3
    UNION ALL
    SELECT created_at_ms / 3600000
    FROM traffic_request
    WHERE id > (SELECT rolled_up_id FROM traffic_progress)
        AND +project_id = ?1
        AND +created_at_ms / 3600000 BETWEEN ?2 AND ?3
)
SELECT min(number), max(number) FROM hour
