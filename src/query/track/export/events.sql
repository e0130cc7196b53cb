SELECT
    event.time_ms, event.seq, event.seq, event.event_id AS "event_id:uuid",
    (SELECT text FROM dictionary WHERE id = event.name_id) AS name, event.kind AS "kind:event_kind",
    event.time_ms AS time, event.received_ms AS received_at, event.client_time AS "client_time:json",
    (SELECT text FROM dictionary WHERE id = event.channel_id) AS channel,
    (SELECT text FROM dictionary WHERE id = event.library_id) AS library,
    (SELECT value FROM track_identifier WHERE id = event.subject_id AND kind = 0) AS user_id,
    (SELECT value FROM track_identifier WHERE id = event.anonymous_id) AS anonymous_id,
    (SELECT value FROM track_identifier WHERE id = event.device_id) AS device_id,
    (SELECT external_id FROM track_session WHERE id = event.session_id) AS session_id,
    event.flags & 1 AS "is_hidden:bool", event.flags & 2 = 0 AS "may_advertise:bool",
    event.properties AS "properties:json", event.context AS "context:json"
FROM track_event AS event
WHERE event.subject_id = ?1 AND event.time_ms BETWEEN COALESCE(?4, ?2) AND ?3
    AND (?4 IS NULL OR (event.time_ms, event.seq) > (?4, ?5))
ORDER BY event.time_ms, event.seq
LIMIT ?6
