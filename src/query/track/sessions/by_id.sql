SELECT id, external_id, channel_id, started_ms, ended_ms, event_count, page_view_count
FROM track_session
WHERE id = ?1 AND event_count > 0
