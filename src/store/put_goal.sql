INSERT INTO goal (project_id, name, kind, pattern, created_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (project_id, name) DO UPDATE SET kind = excluded.kind, pattern = excluded.pattern
RETURNING id
