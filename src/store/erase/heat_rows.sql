SELECT ts, seq, kind, path_id, user_id, trail
FROM heat_event
WHERE session_id = ?1
