UPDATE track_session
SET channel_id = CASE WHEN ?2 < started_ms THEN ?4 ELSE channel_id END,
    started_ms = MIN(started_ms, ?2),
    ended_ms = MAX(ended_ms, ?2),
    event_count = event_count + 1,
    page_view_count = page_view_count + ?3
WHERE id = ?1
