SELECT 1 FROM heat_event WHERE session_id = ?1 AND user_id <> ?2
UNION ALL
SELECT 1 FROM heat_session WHERE id = ?1 AND user_id <> ?2
LIMIT 1
