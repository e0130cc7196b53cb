SELECT session_id, ts, seq, kind, path_id, meta_id, user_id, target_id, x, y, detail, trail, event_id, received_in_ms
FROM heat_event
WHERE session_id = ?1 AND (?2 IS NULL OR kind = ?2)
ORDER BY ts, seq
