SELECT known.email, 0, user.value AS user_id, known.email
FROM track_email AS known
JOIN track_identifier AS user ON user.id = known.user_id
WHERE known.user_id = ?1 AND (?4 IS NULL OR known.email > ?4) AND ?2 <= ?3 AND ?5 IS ?5
ORDER BY known.email
LIMIT ?6
