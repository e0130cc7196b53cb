SELECT source, started_ms, ended_ms, visitor, exit_id, referrer_id, marks
FROM visit
WHERE project_id = ?1 AND started_ms BETWEEN ?2 AND ?4 + 86400000 AND ended_ms >= ?3
