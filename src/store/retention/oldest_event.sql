-- ?2: the beginning of day ?1.
SELECT MIN(day)
FROM (
    SELECT (
        SELECT received_day
        FROM track_session INDEXED BY track_session_received
        WHERE project_id = some.id AND received_day >= ?1
        ORDER BY received_day
        LIMIT 1
    ) AS day
    FROM project AS some
    UNION ALL
    SELECT (
        SELECT received_ms / 86400000
        FROM track_event INDEXED BY track_event_alone
        WHERE project_id = some.id AND session_id IS NULL AND received_ms >= ?2
        ORDER BY received_ms
        LIMIT 1
    ) AS day
    FROM project AS some
) AS own
