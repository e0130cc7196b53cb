-- ?2 and ?3: start and row id before which to begin, ?4 first millisecond.
SELECT id, external_id, channel_id, started_ms, ended_ms, event_count, page_view_count
FROM track_session
WHERE project_id = ?1 AND (started_ms, id) < (?2, ?3) AND started_ms >= ?4 AND event_count > 0
ORDER BY started_ms DESC, id DESC
LIMIT ?5
