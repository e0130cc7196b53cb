SELECT COUNT(*)
FROM track_session
WHERE project_id = ?1 AND started_ms BETWEEN ?2 AND ?3 AND event_count > 0
