SELECT id
FROM track_identifier
WHERE project_id = ?1 AND kind = ?2 AND hash = ?3 AND value = ?4
