DELETE FROM visit_due
WHERE kind = 1 AND (SELECT project_id FROM track_session WHERE id = visit_due.session_id) = ?1
