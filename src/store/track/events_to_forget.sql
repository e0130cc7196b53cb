SELECT seq, project_id, received_ms, event_id
FROM track_event
WHERE seq > (SELECT seq FROM track_forgotten)
ORDER BY seq
LIMIT ?1
