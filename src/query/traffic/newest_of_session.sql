-- Rows before ?3, and of the millisecond ?3 those before the row ?4.
SELECT id, created_at_ms, status, is_slow, duration_us, method_id, route_id, user_id, bytes_in,
    bytes_out
FROM traffic_request INDEXED BY traffic_request_session
WHERE project_id = ?1
    AND created_at_ms >= ?2
    AND created_at_ms <= ?3
    AND (created_at_ms < ?3 OR id < ?4)
    AND session_id = (SELECT id FROM traffic_session WHERE traffic_session.project_id = ?1 AND external_id = ?5)
ORDER BY created_at_ms DESC, id DESC
