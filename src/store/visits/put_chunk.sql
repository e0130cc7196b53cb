INSERT INTO visit_chunk (project_id, day, part, count, data)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO UPDATE SET count = excluded.count, data = excluded.data
