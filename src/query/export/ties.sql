-- CROSS JOIN: in the order of the table's key, so that a page begins where the last one ended.
SELECT
    tie.from_id, tie.time_ms, tie.to_id, source.kind AS "from_kind:identifier_kind", source.value AS from_id,
    target.kind AS "to_kind:identifier_kind", target.value AS to_id, tie.time_ms AS "time:time"
FROM track_tie AS tie
CROSS JOIN track_identifier AS source ON source.id = tie.from_id
CROSS JOIN track_identifier AS target ON target.id = tie.to_id
WHERE source.project_id = ?1 AND (tie.from_id, tie.time_ms, tie.to_id) > (COALESCE(?5, -1), COALESCE(?6, 0), COALESCE(?7, 0))
    AND ?2 IS ?2 AND ?3 IS ?3
ORDER BY tie.from_id, tie.time_ms, tie.to_id
LIMIT ?4
