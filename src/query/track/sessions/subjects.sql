SELECT subject_id, MIN(time_ms), MAX(time_ms)
FROM track_event INDEXED BY track_event_session
WHERE session_id = ?1 AND subject_id IS NOT NULL
GROUP BY subject_id
ORDER BY MIN(time_ms), subject_id
LIMIT ?2
