-- ?2 is not needed.
SELECT MIN((
    SELECT received_day
    FROM heat_session INDEXED BY heat_session_received
    WHERE project_id = some.id AND received_day >= ?1 AND ?2 IS NOT NULL
    ORDER BY received_day
    LIMIT 1
))
FROM project AS some
