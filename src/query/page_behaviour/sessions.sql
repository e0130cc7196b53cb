-- The newest first; those that began up to a day before the range may have gone on in it.
SELECT id, row_count
FROM heat_session INDEXED BY heat_session_started
WHERE project_id = ?1 AND started_at <= ?3 AND started_at >= ?2 - 86400000 AND last_seen_at >= ?2
ORDER BY started_at DESC, id DESC
