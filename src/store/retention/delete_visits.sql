DELETE FROM visit
WHERE (project_id, started_ms, source, session_id) IN (
    SELECT project_id, started_ms, source, session_id
    FROM visit
    WHERE project_id = ?1 AND started_ms >= ?2 AND started_ms < ?3
    ORDER BY started_ms
    LIMIT ?4
)
