SELECT ts, path_id, detail
FROM heat_event
WHERE session_id = (SELECT id FROM heat_session WHERE external_id = ?1 AND project_id = ?2)
  AND ts >= ?3 AND ts < ?4
  AND kind = ?5
  AND target_id = ?6
ORDER BY ts DESC, seq DESC
LIMIT ?7
