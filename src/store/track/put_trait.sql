INSERT INTO track_trait (user_id, key, value, time_ms)
VALUES (?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET value = excluded.value, time_ms = excluded.time_ms
WHERE (excluded.time_ms, excluded.value) > (time_ms, value)
