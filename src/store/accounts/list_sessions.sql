SELECT id, created_at_ms, last_used_at_ms, user_agent
FROM account_session
WHERE account_id = ?1 AND last_used_at_ms >= ?2 AND created_at_ms >= ?3
ORDER BY last_used_at_ms DESC, id DESC
