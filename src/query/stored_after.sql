SELECT session_id, ts, seq, kind, path_id, meta_id, user_id, target_id, x, y, detail, trail, event_id, received_in_ms
FROM heat_event
WHERE session_id = ?1 AND (ts, seq) > (?2, ?3)
ORDER BY ts, seq
LIMIT ?4
