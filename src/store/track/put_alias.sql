INSERT INTO track_alias (absorbed_id, survivor_id, time_ms)
VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET time_ms = excluded.time_ms WHERE excluded.time_ms > time_ms
