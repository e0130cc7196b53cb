-- ?2 and ?3: what it has lost. What remains lies within the times that it had; ?4 does not count.
WITH remaining AS (
    SELECT event.time_ms, event.channel_id
    FROM track_session AS session
    JOIN track_event AS event INDEXED BY track_event_session
        ON event.session_id = session.id AND event.time_ms BETWEEN session.started_ms AND session.ended_ms
    WHERE session.id = ?1 AND event.flags & 1 = 0 AND event.kind <> ?4
)
UPDATE track_session
SET event_count = event_count - ?2,
    page_view_count = page_view_count - ?3,
    started_ms = (SELECT COALESCE(MIN(time_ms), started_ms) FROM remaining),
    ended_ms = (SELECT COALESCE(MAX(time_ms), ended_ms) FROM remaining),
    channel_id = COALESCE((
        SELECT remaining.channel_id
        FROM remaining
        JOIN dictionary AS channel ON channel.id = remaining.channel_id
        ORDER BY remaining.time_ms, channel.text
        LIMIT 1
    ), channel_id)
WHERE id = ?1
