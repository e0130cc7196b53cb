SELECT 1 FROM project WHERE id = ?1 AND deleted_at_ms IS NOT NULL
UNION ALL
SELECT 1 FROM install WHERE ?1 <= last_project_id AND NOT EXISTS (SELECT 1 FROM project WHERE id = ?1)
LIMIT 1
