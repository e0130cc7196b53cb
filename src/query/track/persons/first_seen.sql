SELECT time_ms
FROM track_event
WHERE subject_id = ?1 AND time_ms >= ?2 AND time_ms < ?3
ORDER BY time_ms
LIMIT 1
