-- Requests of a session have its id; those of another session do not belong here.
SELECT id
FROM traffic_request INDEXED BY traffic_request_user
WHERE user_id = ?1 AND created_at_ms >= ?2 AND created_at_ms <= ?4 AND session_id IS NULL
ORDER BY created_at_ms, id
LIMIT ?3
