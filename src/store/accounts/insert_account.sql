INSERT INTO account (name, name_key, password_hash, is_admin, created_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (name_key) DO NOTHING
RETURNING id
