SELECT source.kind, source.id, source.value
FROM track_tied
JOIN track_identifier AS source ON source.id = track_tied.from_id
WHERE track_tied.to_id = ?1
LIMIT ?2
