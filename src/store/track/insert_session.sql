INSERT INTO track_session (
    project_id, hash, external_id, channel_id, started_ms, ended_ms, event_count, page_view_count
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0)
