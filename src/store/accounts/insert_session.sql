INSERT INTO account_session (account_id, hash, created_at_ms, last_used_at_ms, user_agent)
VALUES (?1, ?2, ?3, ?3, ?4)
