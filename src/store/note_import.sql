INSERT INTO import_source (kind, fingerprint, project_id, position, read_count, refused, started_ms, finished_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, IIF(?8, ?7, NULL))
ON CONFLICT DO UPDATE SET
    position = excluded.position,
    read_count = read_count + excluded.read_count,
    refused = refused + excluded.refused,
    finished_ms = excluded.finished_ms
