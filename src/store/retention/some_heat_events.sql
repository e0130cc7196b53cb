SELECT ts, seq, kind, path_id, trail
FROM heat_event
WHERE session_id = ?1
ORDER BY ts, seq
LIMIT ?2
