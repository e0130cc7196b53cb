SELECT seq, project_id, received_ms, event_id
FROM track_event
WHERE seq > ?1
ORDER BY seq
LIMIT ?2
