SELECT seq, time_ms, event_id, subject_id, anonymous_id, device_id, touch
FROM track_event INDEXED BY track_event_session
WHERE session_id = ?1
ORDER BY time_ms
LIMIT ?2
