DELETE FROM account_session
WHERE id IN (
    SELECT id
    FROM account_session
    WHERE account_id = ?1
    ORDER BY last_used_at_ms DESC, id DESC
    LIMIT -1 OFFSET ?2
)
