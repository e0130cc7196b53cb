SELECT ts, received_in_ms, kind, path_id, meta_id, user_id, target_id
FROM heat_event
WHERE session_id = ?1 AND ts >= ?2
ORDER BY ts, seq
LIMIT ?3
