SELECT
    s.rowid, s.id, s.project_id, u.external_id, s.started_at, s.last_seen_at, s.first_path, s.user_agent, s.device_json,
    s.ip_hash
FROM sessions AS s
LEFT JOIN users AS u ON u.id = s.user_id
WHERE s.rowid > ?1
ORDER BY s.rowid
LIMIT ?2
