SELECT
    (SELECT COUNT(*) FROM projects), (SELECT COUNT(*) FROM users), (SELECT COUNT(*) FROM sessions),
    (SELECT COUNT(*) FROM events), (SELECT CAST(MAX(last_seen_at) AS TEXT) FROM sessions),
    (SELECT CAST(id AS TEXT) FROM events ORDER BY rowid LIMIT 1),
    (SELECT CAST(id AS TEXT) FROM events ORDER BY rowid DESC LIMIT 1)
