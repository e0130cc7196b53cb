SELECT
    seq, time_ms, received_ms, event_id, name_id, kind, flags, subject_id, anonymous_id, device_id, session_id, channel_id,
    library_id, touch, client_time, properties, context, project_id
FROM track_event
WHERE seq = ?1
