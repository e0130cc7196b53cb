-- Anonymous ids that were ever tied to one of many users (?1, a JSON array).
SELECT tied.to_id, tied.from_id
FROM json_each(?1) AS asked
CROSS JOIN track_tied AS tied ON tied.to_id = asked.value
CROSS JOIN track_identifier AS source ON source.id = tied.from_id
WHERE source.kind = 1
LIMIT ?2
