SELECT
    request.created_at_ms, request.id, request.created_at_ms - request.stored_after_ms AS "ended:time",
    request.created_at_ms AS "created:time", request.duration_us, request.first_byte_us, request.upstream_us,
    (SELECT text FROM dictionary WHERE id = request.method_id) AS method,
    (SELECT text FROM dictionary WHERE id = request.route_id) AS route,
    (SELECT text FROM dictionary WHERE id = request.host_id) AS host,
    COALESCE(request.url, (SELECT text FROM dictionary WHERE id = request.route_id)) AS url, request.status,
    request.is_slow AS "is_slow:bool", request.failure AS "failure:failure", request.protocol AS "protocol:protocol",
    request.bytes_in, request.bytes_out, user.external_id AS user_id, user.name AS user_name, user.email AS user_email,
    (SELECT external_id FROM traffic_session WHERE id = request.session_id) AS session_id, request.ip,
    (SELECT text FROM dictionary WHERE id = request.user_agent_id) AS user_agent, request.referrer,
    request.trace_id AS "trace_id:hex", request.country AS "country:country"
FROM traffic_request AS request
LEFT JOIN traffic_user AS user ON user.id = request.user_id
WHERE request.project_id = ?1 AND request.created_at_ms >= COALESCE(?5, ?2) AND request.created_at_ms < ?3
    AND (?5 IS NULL OR (request.created_at_ms, request.id) > (?5, ?6))
ORDER BY request.created_at_ms, request.id
LIMIT ?4
