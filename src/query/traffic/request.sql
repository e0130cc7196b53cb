SELECT
    id, project_id, created_at_ms, stored_after_ms, duration_us, first_byte_us, upstream_us, status, is_slow, failure,
    protocol, method_id, route_id, host_id, user_agent_id, user_id,
    (SELECT external_id FROM traffic_session WHERE traffic_session.id = session_id), ip, url, referrer, trace_id, bytes_in,
    bytes_out, country
FROM traffic_request
WHERE id = ?1
