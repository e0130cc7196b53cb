-- ?3: how far the rollups go.
SELECT id, session_id
FROM traffic_request INDEXED BY traffic_request_time
WHERE project_id = ?1 AND created_at_ms < ?2 AND id <= ?3
ORDER BY created_at_ms
LIMIT ?4
