SELECT COUNT(*), MIN(created_at_ms) / 86400000, MAX(created_at_ms) / 86400000
FROM traffic_request INDEXED BY traffic_request_time
WHERE project_id = ?1 AND created_at_ms < ?3 AND ?2 IS NOT NULL
