INSERT INTO visit_day (project_id, day, is_sealed, changed_ms)
VALUES (?1, ?2, 0, ?3)
ON CONFLICT DO UPDATE SET is_sealed = 0, changed_ms = excluded.changed_ms
