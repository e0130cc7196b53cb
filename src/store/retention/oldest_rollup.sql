-- Days of the coarsest grain. ?2 is not needed.
SELECT MIN((
    SELECT bucket
    FROM traffic_bucket
    WHERE project_id = some.id AND grain = 2 AND bucket >= ?1 AND ?2 IS NOT NULL
    ORDER BY bucket
    LIMIT 1
))
FROM project AS some
