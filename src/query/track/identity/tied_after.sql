SELECT target.id, target.kind, target.person_id
FROM track_tie
JOIN track_identifier AS target ON target.id = track_tie.to_id
WHERE track_tie.from_id = ?1 AND track_tie.time_ms > ?2 AND (target.kind <> 0 OR target.is_proven = 1)
ORDER BY track_tie.time_ms ASC, target.kind, target.value DESC
LIMIT 1
