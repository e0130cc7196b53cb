DELETE FROM track_conversion
WHERE (project_id, time_ms, seq) IN (
    SELECT project_id, time_ms, seq FROM track_event WHERE subject_id = ?1 AND time_ms BETWEEN ?2 AND ?3
)
