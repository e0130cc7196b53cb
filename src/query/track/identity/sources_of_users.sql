-- What is tied to the proven users of the person ?1.
SELECT DISTINCT source.id, source.kind, source.value
FROM track_identifier AS user
CROSS JOIN track_tied AS tied ON tied.to_id = user.id
CROSS JOIN track_identifier AS source ON source.id = tied.from_id
WHERE user.person_id = ?1 AND user.is_proven = 1
LIMIT ?2
