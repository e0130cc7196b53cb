SELECT id
FROM traffic_request INDEXED BY traffic_request_session
WHERE session_id = ?1 AND created_at_ms >= ?2
ORDER BY created_at_ms, id
LIMIT ?3
