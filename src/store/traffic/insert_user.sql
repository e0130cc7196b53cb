INSERT INTO traffic_user (project_id, external_id, name, email, first_seen_ms, last_seen_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?5)
