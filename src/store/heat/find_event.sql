SELECT 1
FROM heat_event
WHERE session_id = ?1 AND ts = ?2 AND kind = ?3 AND event_id = ?4 AND trail IS ?5
LIMIT 1
