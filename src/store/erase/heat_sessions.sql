SELECT id FROM heat_session WHERE user_id = ?1
UNION
SELECT session_id FROM heat_session_former_user WHERE user_id = ?1
