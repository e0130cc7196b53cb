-- ?2 and ?3: what it has lost. What remains lies within the times that it had.
UPDATE track_session
SET event_count = event_count - ?2,
    page_view_count = page_view_count - ?3,
    (started_ms, ended_ms) = (
        SELECT COALESCE(MIN(event.time_ms), started_ms), COALESCE(MAX(event.time_ms), ended_ms)
        FROM track_event AS event
        WHERE event.project_id = track_session.project_id
            AND event.time_ms BETWEEN started_ms AND ended_ms
            AND event.session_id = track_session.id
            AND event.flags & 1 = 0
            AND event.kind <> ?4
    )
WHERE id = ?1
