SELECT event.time_ms, event.received_ms, event.channel_id, event.kind, event.name_id, event.subject_id, subject.kind,
    event.properties, event.country
FROM track_event AS event INDEXED BY track_event_session
LEFT JOIN track_identifier AS subject ON subject.id = event.subject_id
WHERE event.session_id = ?1 AND event.time_ms >= ?2 AND event.flags & 1 = 0 AND event.kind <> ?3
ORDER BY event.time_ms, event.seq
LIMIT ?4
