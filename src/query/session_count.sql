SELECT COUNT(*)
FROM heat_session AS session
WHERE session.project_id = ?1
    AND session.started_at >= ?2
    AND session.last_seen_at <= ?3
    AND (?4 IS NULL OR session.user_id = (SELECT id FROM heat_user WHERE uuid = ?4))
    AND (?5 IS NULL OR session.first_path_id = ?5)
