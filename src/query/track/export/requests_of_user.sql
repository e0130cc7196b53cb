SELECT created_at_ms, id
FROM traffic_request
WHERE user_id = ?1 AND created_at_ms >= ?2 AND (created_at_ms, id) > (?2, ?3)
ORDER BY created_at_ms, id
LIMIT ?4
