-- ?2: how far the rollups go.
SELECT created_at_ms FROM traffic_request WHERE user_id = ?1 AND id <= ?2
