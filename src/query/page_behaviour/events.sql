-- A trail that began before the range is not looked at.
SELECT ts, kind, meta_id, target_id, x, y, trail
FROM heat_event
WHERE session_id = ?1 AND path_id = ?2 AND ts >= ?3 AND ts <= ?4
ORDER BY ts, seq
