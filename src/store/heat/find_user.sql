SELECT id, traits, proven_at_ms IS NOT NULL
FROM heat_user
WHERE project_id = ?1 AND external_id = ?2
