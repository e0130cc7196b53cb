SELECT
    e.rowid, e.id, e.project_id, e.session_id, u.external_id, e.type, e.ts, e.path, e.selector, e.x, e.y, e.scroll_depth,
    e.meta_json, s.started_at, s.last_seen_at, s.first_path, s.user_agent, s.device_json, s.ip_hash
FROM events AS e
LEFT JOIN sessions AS s ON s.id = e.session_id
LEFT JOIN users AS u ON u.id = e.user_id
WHERE e.rowid > ?1
ORDER BY e.rowid
LIMIT ?2
