-- Requests of the user ?1 behind (?2, ?3) that were stored between ?4 and ?5.
SELECT id
FROM traffic_request
WHERE user_id = ?1 AND (created_at_ms, id) > (?2, ?3) AND created_at_ms BETWEEN ?4 AND ?5
ORDER BY created_at_ms, id
LIMIT ?6
