-- A session without rows of its latest user still is that user's.
SELECT user_id
FROM (
    SELECT user_id, MAX(ts) AS ts FROM heat_event WHERE session_id = ?1 AND user_id IS NOT NULL GROUP BY user_id
    UNION ALL
    SELECT user_id, 9e999 FROM heat_session WHERE id = ?1 AND user_id IS NOT NULL
)
GROUP BY user_id
ORDER BY MAX(ts)
