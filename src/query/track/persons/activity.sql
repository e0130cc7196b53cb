-- A row for each session, and one for what is in none. ?4: the kind that makes no session.
SELECT session_id, COUNT(*), MAX(kind <> ?4)
FROM track_event
WHERE subject_id = ?1 AND time_ms >= ?2 AND time_ms < ?3 AND flags & 1 = 0
GROUP BY session_id
