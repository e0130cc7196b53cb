-- Sessions that the events of many subjects (?1, a JSON array) are in, once for each event, at most ?2.
SELECT event.subject_id, event.session_id
FROM json_each(?1) AS asked
CROSS JOIN track_event AS event ON event.subject_id = asked.value
WHERE event.session_id IS NOT NULL
LIMIT ?2
