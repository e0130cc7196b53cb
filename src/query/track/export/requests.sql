-- What a session without anybody else's name holds is what the user did before saying who it was.
SELECT id FROM traffic_request WHERE user_id = ?1 AND id > ?2
UNION
SELECT request.id
FROM (SELECT DISTINCT session_id FROM traffic_request WHERE user_id = ?1 AND session_id IS NOT NULL) AS own
JOIN traffic_request AS request ON request.session_id = own.session_id
WHERE request.user_id IS NULL AND request.id > ?2
    AND NOT EXISTS (
        SELECT 1 FROM traffic_request AS other WHERE other.session_id = own.session_id AND other.user_id <> ?1
    )
ORDER BY 1
LIMIT ?3
