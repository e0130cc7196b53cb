SELECT id, 0, external_id AS user_id, name, email, first_seen_ms AS first_seen_at, last_seen_ms AS last_seen_at
FROM traffic_user
WHERE id = ?1 AND ?4 IS NULL AND ?2 <= ?3 AND ?5 IS ?5
LIMIT ?6
