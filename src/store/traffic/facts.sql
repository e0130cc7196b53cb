SELECT id, project_id, created_at_ms, route_id, method_id, user_id, status, is_slow, duration_us, bytes_in, bytes_out
FROM traffic_request
WHERE id > ?1 AND id <= ?2
ORDER BY id
LIMIT ?3
