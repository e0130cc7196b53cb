SELECT id FROM heat_session WHERE user_id = ?1 AND id > ?2
UNION
SELECT session_id FROM heat_session_former_user WHERE user_id = ?1 AND session_id > ?2
ORDER BY 1
LIMIT ?3
