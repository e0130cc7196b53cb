DELETE FROM traffic_session
WHERE id = ?1
  AND NOT EXISTS (SELECT 1 FROM traffic_request INDEXED BY traffic_request_session WHERE session_id = ?1)
