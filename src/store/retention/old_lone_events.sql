SELECT seq, time_ms, event_id, subject_id, anonymous_id, device_id, touch
FROM track_event INDEXED BY track_event_alone
WHERE project_id = ?1 AND session_id IS NULL AND received_ms < ?2
ORDER BY received_ms
LIMIT ?3
