SELECT
    tie.time_ms, tie.to_id, source.kind AS "from_kind:identifier_kind", source.value AS from_id,
    target.kind AS "to_kind:identifier_kind", target.value AS to_id, tie.time_ms AS time
FROM track_tie AS tie
JOIN track_identifier AS source ON source.id = tie.from_id
JOIN track_identifier AS target ON target.id = tie.to_id
WHERE tie.from_id = ?1 AND tie.time_ms BETWEEN ?2 AND ?3 AND (?4 IS NULL OR (tie.time_ms, tie.to_id) > (?4, ?5))
ORDER BY tie.time_ms, tie.to_id
LIMIT ?6
