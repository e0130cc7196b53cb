-- ?3: the kind of session in the list of those whose visits are to be made.
SELECT session.id
FROM heat_session AS session INDEXED BY heat_session_received
WHERE session.project_id = ?1
    AND session.received_day < ?2
    AND NOT EXISTS (SELECT 1 FROM visit_due WHERE kind = ?3 AND session_id = session.id)
ORDER BY session.received_day
LIMIT 1
