-- ?6 and ?7: where the last page ended; before everything on the first one.
SELECT
    session.id, session.external_id, project.uuid, user.uuid, session.started_at, session.last_seen_at,
    session.received_at_ms, session.first_path_id, session.user_agent_id, session.device_id, session.client_id,
    session.address_hash, session.row_count
FROM heat_session AS session
JOIN project ON project.id = session.project_id
LEFT JOIN heat_user AS user ON user.id = session.user_id
WHERE session.project_id = ?1
    AND session.started_at >= ?2
    AND session.last_seen_at <= ?3
    AND (?4 IS NULL OR session.user_id = (SELECT id FROM heat_user WHERE uuid = ?4))
    AND (?5 IS NULL OR session.first_path_id = ?5)
    AND session.started_at >= ?6
    AND (session.started_at, session.id) > (?6, ?7)
ORDER BY session.started_at, session.id
LIMIT ?8 OFFSET ?9
