SELECT
    session.id, 0, session.external_id AS session_id, (SELECT text FROM dictionary WHERE id = session.channel_id) AS channel,
    session.started_ms AS started_at, session.ended_ms AS ended_at, session.event_count AS events,
    session.page_view_count AS page_views
FROM (
    SELECT DISTINCT session_id FROM track_event WHERE subject_id = ?1 AND time_ms BETWEEN ?2 AND ?3
) AS met
JOIN track_session AS session ON session.id = met.session_id
WHERE (?4 IS NULL OR session.id > ?4) AND session.event_count > 0 AND ?5 IS ?5
ORDER BY session.id
LIMIT ?6
