SELECT subject_id, anonymous_id, time_ms
FROM track_pairing
WHERE project_id = ?1 AND kind = ?2 AND value = ?3
ORDER BY time_ms DESC, subject_id
LIMIT ?4
