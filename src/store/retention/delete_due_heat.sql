-- The list is of sessions that got more in the last seconds; it is gone through.
DELETE FROM visit_due
WHERE kind = 0 AND (SELECT project_id FROM heat_session WHERE id = visit_due.session_id) = ?1
