-- Ties of the identifier ?1 that count, after the time ?2 in order.
SELECT tie.time_ms, target.id, target.kind, target.person_id, target.value
FROM track_tie AS tie
CROSS JOIN track_identifier AS target ON target.id = tie.to_id
WHERE tie.from_id = ?1
    AND tie.time_ms > ?2
    AND (target.kind = 1 OR (target.kind = 0 AND target.is_proven = 1))
ORDER BY tie.time_ms
