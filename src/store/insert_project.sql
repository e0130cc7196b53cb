-- No id is given twice: somebody may still remember that of a project that is gone.
INSERT INTO project (id, uuid, name, created_at_ms, workspace_id)
SELECT 1 + MAX(COALESCE((SELECT MAX(id) FROM project), 0), COALESCE((SELECT last_project_id FROM install), 0)), ?1, ?2, ?3, ?4
