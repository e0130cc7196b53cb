INSERT INTO traffic_request (
    project_id, created_at_ms, stored_after_ms, duration_us, first_byte_us, upstream_us, status, is_slow, failure,
    protocol, method_id, route_id, host_id, user_agent_id, user_id, session_id, ip, url, referrer, trace_id, bytes_in,
    bytes_out, country, id
) VALUES
    (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
