-- ?2: the beginning of day ?1.
SELECT MIN((
    SELECT created_at_ms / 86400000
    FROM traffic_request INDEXED BY traffic_request_time
    WHERE project_id = some.id AND created_at_ms >= ?2 AND ?1 IS NOT NULL
    ORDER BY created_at_ms
    LIMIT 1
))
FROM project AS some
