SELECT session.id, account.id, account.name, account.is_admin, session.last_used_at_ms
FROM account_session AS session
JOIN account ON account.id = session.account_id
WHERE session.hash = ?1
  AND session.last_used_at_ms >= ?2
  AND session.created_at_ms >= ?3
  AND account.disabled_at_ms IS NULL
