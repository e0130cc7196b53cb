-- Anonymous ids that were ever tied to a user.
SELECT source.id, source.value
FROM track_tied AS tied
JOIN track_identifier AS source ON source.id = tied.from_id
WHERE tied.to_id = ?1 AND source.kind = ?2
