SELECT id, started_ms
FROM track_session
WHERE project_id = ?1 AND hash = ?2 AND external_id = ?3
