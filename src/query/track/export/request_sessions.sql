-- Sessions with nobody else's name: the rest of them is what the user did before saying who it was.
SELECT own.session_id
FROM (SELECT DISTINCT session_id FROM traffic_request WHERE user_id = ?1 AND session_id IS NOT NULL) AS own
WHERE NOT EXISTS (SELECT 1 FROM traffic_request AS other WHERE other.session_id = own.session_id AND other.user_id <> ?1)
ORDER BY own.session_id
