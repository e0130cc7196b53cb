INSERT INTO track_event (
    seq, project_id, time_ms, received_ms, event_id, name_id, kind, flags, subject_id, anonymous_id, device_id,
    session_id, channel_id, library_id, touch, client_time, properties, context, country
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
