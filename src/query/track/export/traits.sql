SELECT known.key, 0, user.value AS user_id, known.key, known.value AS "value:json", known.time_ms AS time
FROM track_trait AS known
JOIN track_identifier AS user ON user.id = known.user_id
WHERE known.user_id = ?1 AND (?4 IS NULL OR known.key > ?4) AND ?2 <= ?3 AND ?5 IS ?5
ORDER BY known.key
LIMIT ?6
