INSERT INTO saved_filter (project_id, name, query, created_at_ms)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (project_id, name) DO UPDATE SET query = excluded.query
RETURNING id
