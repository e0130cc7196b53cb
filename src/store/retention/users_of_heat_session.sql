SELECT user_id FROM heat_session WHERE id = ?1 AND user_id IS NOT NULL
UNION
SELECT user_id FROM heat_session_former_user WHERE session_id = ?1
