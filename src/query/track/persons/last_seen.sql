SELECT time_ms
FROM track_event
WHERE subject_id = ?1 AND time_ms >= ?2 AND time_ms < ?3 AND flags & 1 = 0
ORDER BY time_ms DESC
LIMIT 1
