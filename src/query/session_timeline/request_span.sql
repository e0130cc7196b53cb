SELECT
    s.id,
    (SELECT MIN(created_at_ms) FROM traffic_request WHERE session_id = s.id),
    (SELECT MAX(created_at_ms) FROM traffic_request WHERE session_id = s.id)
FROM traffic_session AS s
WHERE s.project_id = ?1 AND s.external_id = ?2
