INSERT INTO traffic_bucket (project_id, grain, bucket, summary, statuses, users)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE SET summary = excluded.summary, statuses = excluded.statuses, users = excluded.users
