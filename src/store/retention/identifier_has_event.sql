SELECT 1
FROM track_event INDEXED BY track_event_subject
WHERE subject_id = ?1
LIMIT 1
