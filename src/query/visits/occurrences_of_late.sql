SELECT late.time_ms, late.seq, event.properties, identifier.value
FROM (
    SELECT time_ms, seq, name_id, flags
    FROM track_event INDEXED BY track_event_time
    WHERE project_id = ?1 AND time_ms BETWEEN ?2 AND ?3
    ORDER BY time_ms DESC
    LIMIT ?5
) AS late
JOIN track_event AS event ON event.seq = late.seq
LEFT JOIN track_identifier AS identifier ON identifier.id = event.subject_id
WHERE late.name_id = ?4 AND late.flags & 1 = 0
ORDER BY late.time_ms DESC, late.seq DESC
LIMIT ?6
