SELECT id
FROM traffic_request INDEXED BY traffic_request_error
WHERE project_id = ?1
    AND created_at_ms >= ?2
    AND created_at_ms < ?3
    AND status >= 400
ORDER BY created_at_ms DESC, id DESC
LIMIT ?4 OFFSET ?5
