SELECT created_at_ms, id
FROM traffic_request
WHERE session_id = ?1 AND user_id IS NULL AND created_at_ms >= ?2 AND (created_at_ms, id) > (?2, ?3)
ORDER BY created_at_ms, id
LIMIT ?4
