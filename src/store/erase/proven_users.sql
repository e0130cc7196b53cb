-- Users to whom an anonymous id belongs at one time or another.
SELECT user.id
FROM track_tied AS tied
JOIN track_identifier AS user ON user.id = tied.to_id
WHERE tied.from_id = ?1 AND user.kind = ?2 AND user.is_proven = 1
