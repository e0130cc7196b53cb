SELECT 1 FROM traffic_request WHERE session_id = ?1 AND user_id IS NOT NULL LIMIT 1
