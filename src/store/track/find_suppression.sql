SELECT erased_at_ms
FROM track_suppression
WHERE project_id = ?1 AND kind = ?2 AND hash = ?3
