-- One row for each person, up to two.
SELECT DISTINCT user.person_id
FROM track_tied
JOIN track_identifier AS user ON user.id = track_tied.to_id
WHERE track_tied.from_id = ?1 AND user.kind = 0 AND user.is_proven = 1
LIMIT 2
