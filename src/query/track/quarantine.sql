SELECT id, received_ms, reason, body
FROM track_quarantine
WHERE project_id = ?1 AND id < ?2 AND received_ms BETWEEN ?3 AND ?4
ORDER BY id DESC
LIMIT ?5
