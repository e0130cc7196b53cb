-- Heat sessions in which the user ?1 was identified, behind (?2, ?3), that started between ?4 and ?5.
SELECT id, external_id, started_at, last_seen_at, first_path_id, row_count
FROM heat_session
WHERE id IN (
        SELECT id FROM heat_session WHERE user_id = ?1
        UNION
        SELECT session_id FROM heat_session_former_user WHERE user_id = ?1
    )
    AND (started_at, id) < (?2, ?3)
    AND started_at BETWEEN ?4 AND ?5
ORDER BY started_at DESC, id DESC
LIMIT ?6
