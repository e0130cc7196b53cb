SELECT time_ms, seq, properties
FROM track_event
WHERE session_id = ?1
  AND time_ms BETWEEN ?2 AND ?3
  AND name_id = ?4
  AND flags & 1 = 0
ORDER BY time_ms DESC, seq DESC
LIMIT ?5
