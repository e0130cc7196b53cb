INSERT INTO share_link (project_id, hash, prefix, name, password_hash, created_by, created_at_ms, expires_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
