SELECT track_tie.time_ms, user.person_id
FROM track_tie
JOIN track_identifier AS user ON user.id = track_tie.to_id
WHERE track_tie.from_id = ?1 AND user.kind = 0 AND user.is_proven = 1
ORDER BY track_tie.time_ms, user.value
LIMIT ?2
