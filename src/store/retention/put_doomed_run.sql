-- A project that goes as a whole takes its part of the heat index with it.
INSERT OR IGNORE INTO heat_doomed_run (project_id, kind, path_id, first_seq, count)
SELECT ?1, ?2, ?3, ?4, ?5
WHERE NOT EXISTS (SELECT 1 FROM project WHERE id = ?1 AND deleted_at_ms IS NOT NULL)
