SELECT track_alias.survivor_id, track_alias.time_ms, survivor.value
FROM track_alias
JOIN track_identifier AS survivor ON survivor.id = track_alias.survivor_id
WHERE track_alias.absorbed_id = ?1
ORDER BY track_alias.time_ms DESC, survivor.value DESC
LIMIT 1
