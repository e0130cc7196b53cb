-- A user who still has a request is newer than what is noted of it, and stays.
DELETE FROM traffic_user
WHERE id IN (
    SELECT own.id
    FROM traffic_user AS own INDEXED BY traffic_user_seen
    WHERE own.project_id = ?1 AND own.last_seen_ms < ?2
        AND NOT EXISTS (
            SELECT 1 FROM traffic_request INDEXED BY traffic_request_user WHERE user_id = own.id
        )
    ORDER BY own.last_seen_ms
    LIMIT ?3
)
