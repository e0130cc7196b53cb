SELECT COUNT(*)
FROM track_quarantine
WHERE project_id = ?1 AND received_ms BETWEEN ?2 AND ?3
