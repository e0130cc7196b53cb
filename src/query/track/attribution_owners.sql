-- Persons to whom one of many anonymous ids (?1, a JSON array) was ever tied.
SELECT tied.from_id, user.person_id
FROM json_each(?1) AS asked
CROSS JOIN track_tied AS tied ON tied.from_id = asked.value
CROSS JOIN track_identifier AS user ON user.id = tied.to_id
WHERE user.kind = 0 AND user.is_proven = 1 AND user.person_id IS NOT NULL
LIMIT ?2
