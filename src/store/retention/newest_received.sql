SELECT MAX(ms)
FROM (
    SELECT created_at_ms AS ms FROM traffic_request WHERE id = (SELECT MAX(id) FROM traffic_request)
    UNION ALL
    SELECT received_ms FROM track_event WHERE seq = (SELECT MAX(seq) FROM track_event)
    UNION ALL
    SELECT received_at_ms FROM heat_session WHERE id = (SELECT MAX(id) FROM heat_session)
    UNION ALL
    SELECT (SELECT MAX(received_day) FROM heat_session WHERE project_id = some.id) * 86400000 FROM project AS some
) AS own
