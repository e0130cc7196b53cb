-- `started_ms` is not touched: SQLite would write its index anew for each event.
UPDATE track_session
SET ended_ms = MAX(ended_ms, ?2),
    event_count = event_count + 1,
    page_view_count = page_view_count + ?3
WHERE id = ?1
