INSERT INTO traffic_rollup (project_id, grain, bucket, route_id, method_id, status_class, summary)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT DO UPDATE SET summary = excluded.summary
