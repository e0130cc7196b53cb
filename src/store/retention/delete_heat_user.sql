-- The last one stays until there is another: its id would be given again, and visits that outlive it name it.
DELETE FROM heat_user
WHERE id = ?1
  AND id < (SELECT MAX(id) FROM heat_user)
  AND NOT EXISTS (SELECT 1 FROM heat_session INDEXED BY heat_session_user WHERE user_id = ?1)
  AND NOT EXISTS (SELECT 1 FROM heat_session_former_user WHERE user_id = ?1)
