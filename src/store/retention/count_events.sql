SELECT SUM(count), MIN(first), MAX(last)
FROM (
    SELECT COUNT(*) AS count, MIN(session.received_day) AS first, MAX(session.received_day) AS last
    FROM track_session AS session INDEXED BY track_session_received
    JOIN track_event AS event INDEXED BY track_event_session ON event.session_id = session.id
    WHERE session.project_id = ?1 AND session.received_day < ?2
    UNION ALL
    SELECT COUNT(*), MIN(received_ms) / 86400000, MAX(received_ms) / 86400000
    FROM track_event INDEXED BY track_event_alone
    WHERE project_id = ?1 AND session_id IS NULL AND received_ms < ?3
) AS own
