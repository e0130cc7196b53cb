-- Sessions in which a subject (?1) has events from ?2 on and up to before ?3. Those of marks only are none.
SELECT s.id, s.started_ms
FROM (
    SELECT DISTINCT session_id
    FROM track_event
    WHERE subject_id = ?1 AND time_ms >= ?2 AND time_ms < ?3 AND session_id IS NOT NULL
) AS e
JOIN track_session AS s ON s.id = e.session_id
WHERE s.event_count > 0
