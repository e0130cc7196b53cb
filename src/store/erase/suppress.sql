INSERT INTO track_suppression (project_id, kind, hash, erased_at_ms)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET erased_at_ms = MAX(erased_at_ms, excluded.erased_at_ms)
