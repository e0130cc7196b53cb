SELECT COUNT(*), MIN(started_ms) / 86400000, MAX(started_ms) / 86400000
FROM visit
WHERE project_id = ?1 AND started_ms < ?3 AND ?2 IS NOT NULL
