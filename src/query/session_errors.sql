SELECT COUNT(*)
FROM (
    SELECT 1
    FROM traffic_session AS s
    CROSS JOIN traffic_request AS r INDEXED BY traffic_request_session
        ON r.session_id = s.id AND r.created_at_ms >= ?3 AND r.created_at_ms <= ?4 AND r.status >= 400
    WHERE s.project_id = ?1 AND s.external_id = ?2
    LIMIT ?5
)
