-- What an event at or before the session's begin changes. Of two channels at the same time the smaller text stays, so that
-- the order of arrival does not matter.
UPDATE track_session
SET channel_id = CASE
        WHEN ?2 < started_ms THEN ?4
        WHEN ?2 = started_ms AND ?4 <> channel_id
            AND (SELECT text FROM dictionary WHERE id = ?4) < (SELECT text FROM dictionary WHERE id = channel_id) THEN ?4
        ELSE channel_id
    END,
    started_ms = MIN(started_ms, ?2),
    ended_ms = MAX(ended_ms, ?2),
    event_count = event_count + 1,
    page_view_count = page_view_count + ?3
WHERE id = ?1
