SELECT
    session.id, session.external_id, project.uuid, user.uuid, session.started_at, session.last_seen_at,
    session.received_at_ms, session.first_path_id, session.user_agent_id, session.device_id, session.client_id,
    session.address_hash, session.row_count
FROM heat_session AS session
JOIN project ON project.id = session.project_id
LEFT JOIN heat_user AS user ON user.id = session.user_id
WHERE session.external_id = ?1 AND (?2 IS NULL OR session.project_id = ?2)
ORDER BY session.project_id
LIMIT 1
