SELECT
    created_at_ms, duration_us, status, is_slow, method_id, route_id, user_agent_id,
    (SELECT external_id FROM traffic_session WHERE traffic_session.id = session_id), ip
FROM traffic_request INDEXED BY traffic_request_user
WHERE user_id = (SELECT id FROM traffic_user WHERE project_id = ?1 AND external_id = ?2)
    AND created_at_ms >= ?3
    AND created_at_ms < ?4
ORDER BY created_at_ms DESC, id DESC
LIMIT ?5
