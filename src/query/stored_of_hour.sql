SELECT session_id, ts, seq, kind, path_id, meta_id, user_id, target_id, x, y, detail, trail, event_id, received_in_ms
FROM heat_event
WHERE session_id = ?1 AND ts >= ?2 AND ts <= ?3 AND (?4 IS NULL OR kind = ?4) AND (?5 IS NULL OR path_id = ?5)
