INSERT INTO read_token (project_id, hash, prefix, created_at_ms, may_erase, name, expires_at_ms, created_by)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
