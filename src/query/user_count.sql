SELECT COUNT(DISTINCT user_id)
FROM heat_session
WHERE project_id = ?1 AND started_at >= ?2 AND last_seen_at <= ?3
