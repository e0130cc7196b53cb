INSERT INTO track_pairing (project_id, kind, value, subject_id, anonymous_id, time_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE SET
    anonymous_id = COALESCE(anonymous_id, excluded.anonymous_id),
    time_ms = MAX(time_ms, excluded.time_ms)
