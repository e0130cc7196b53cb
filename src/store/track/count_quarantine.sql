INSERT INTO track_quarantine_count (project_id, count)
VALUES (?1, ?2)
ON CONFLICT DO UPDATE SET count = count + excluded.count
