INSERT OR IGNORE INTO heat_user (project_id, uuid, external_id, traits, created_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5)
