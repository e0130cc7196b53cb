DELETE FROM visit
WHERE project_id = ?1 AND started_ms = ?2 AND source = ?3 AND session_id = ?4
