SELECT id, started_ms, received_day
FROM track_session
WHERE project_id = ?1 AND hash = ?2 AND external_id = ?3
