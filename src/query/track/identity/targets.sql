-- What the identifier ?1 was ever tied to, as far as it counts.
SELECT target.id, target.kind, target.person_id
FROM track_tied AS tied
CROSS JOIN track_identifier AS target ON target.id = tied.to_id
WHERE tied.from_id = ?1 AND (target.kind = 1 OR (target.kind = 0 AND target.is_proven = 1))
LIMIT ?2
