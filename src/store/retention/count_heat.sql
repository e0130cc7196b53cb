-- Rows as the protocol counts them: each point of a trail is one.
SELECT SUM(row_count), MIN(received_day), MAX(received_day)
FROM heat_session INDEXED BY heat_session_received
WHERE project_id = ?1 AND received_day < ?2 AND ?3 IS NOT NULL
