-- The columns are those of the stored_*.sql statements.
SELECT session_id, ts, seq, kind, path_id, meta_id, user_id, target_id, x, y, detail, trail, event_id, received_in_ms
FROM heat_event
WHERE session_id = ?1 AND ts >= ?2 AND ts < ?3 AND (?4 IS NULL OR (ts, seq) > (?4, ?5))
ORDER BY ts, seq
LIMIT ?6
