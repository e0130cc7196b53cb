SELECT kind, session_id
FROM visit_due
WHERE (kind, session_id) > (?1, ?2)
ORDER BY kind, session_id
LIMIT ?3
