-- When many sessions (?1, a JSON array) began. Those of marks only are none.
SELECT session.id, session.started_ms
FROM json_each(?1) AS asked
CROSS JOIN track_session AS session ON session.id = asked.value
WHERE session.event_count > 0
LIMIT ?2
