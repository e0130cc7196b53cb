-- ?4: events of this kind do not count, nor do hidden ones.
SELECT session_id, SUM(flags & 1 = 0 AND kind <> ?4), SUM(flags & 1 = 0 AND kind = ?5)
FROM track_event
WHERE subject_id = ?1 AND time_ms BETWEEN ?2 AND ?3 AND session_id IS NOT NULL
GROUP BY session_id
