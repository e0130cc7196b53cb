SELECT DISTINCT session_id FROM traffic_request WHERE user_id = ?1 AND session_id IS NOT NULL
