-- Of two anonymous ids the smaller one stays, so that the order of arrival does not matter.
INSERT INTO track_pairing (project_id, kind, value, subject_id, anonymous_id, time_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE SET
    anonymous_id = CASE
        WHEN anonymous_id IS NULL THEN excluded.anonymous_id
        WHEN (SELECT value FROM track_identifier WHERE id = excluded.anonymous_id)
            < (SELECT value FROM track_identifier WHERE id = track_pairing.anonymous_id) THEN excluded.anonymous_id
        ELSE anonymous_id
    END,
    time_ms = MAX(time_ms, excluded.time_ms)
