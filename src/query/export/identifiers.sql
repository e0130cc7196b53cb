-- In the order of the table: `+` keeps SQLite from an index that would have to be sorted for every page.
SELECT known.id, known.kind AS "kind:identifier_kind", known.value AS id, known.is_proven AS "is_proven:bool"
FROM track_identifier AS known
WHERE known.id > COALESCE(?5, -1) AND +known.project_id = ?1 AND ?2 IS ?2 AND ?3 IS ?3
ORDER BY known.id
LIMIT ?4
