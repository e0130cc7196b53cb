-- What is tied to the identifier ?1.
SELECT source.id, source.kind, source.value
FROM track_tied AS tied
CROSS JOIN track_identifier AS source ON source.id = tied.from_id
WHERE tied.to_id = ?1
LIMIT ?2
