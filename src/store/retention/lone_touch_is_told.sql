SELECT 1
FROM track_event INDEXED BY track_event_subject
WHERE subject_id = ?1 AND time_ms >= ?2 AND time_ms < ?3 AND session_id IS NULL AND touch = ?4
LIMIT 1
