SELECT account.id, account.name, account_role.role, account.disabled_at_ms IS NOT NULL
FROM account_role
JOIN account ON account.id = account_role.account_id
WHERE account_role.project_id = ?1
ORDER BY account.name_key
