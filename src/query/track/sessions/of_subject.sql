-- ?1 subject, from ?2 on and up to before ?3. Events of the kind ?4 do not count, nor do hidden ones.
SELECT DISTINCT session_id
FROM track_event
WHERE subject_id = ?1
    AND time_ms >= ?2
    AND time_ms < ?3
    AND session_id IS NOT NULL
    AND flags & 1 = 0
    AND kind <> ?4
