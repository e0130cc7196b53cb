SELECT e.time_ms, e.subject_id, a.value, e.properties
FROM track_event AS e
LEFT JOIN track_identifier AS a ON a.id = e.anonymous_id
WHERE e.seq = ?1
