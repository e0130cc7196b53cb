SELECT hour.hour, session.id, session.external_id, session.max_span_ms
FROM heat_session_hour AS hour
JOIN heat_session AS session ON session.id = hour.session_id
WHERE hour.project_id = ?1 AND hour.hour BETWEEN ?2 AND ?3
ORDER BY hour.hour, hour.session_id
