SELECT
    (SELECT MIN(time_ms) FROM track_event WHERE project_id = :project AND time_ms BETWEEN :from AND :until),
    (SELECT MAX(time_ms) FROM track_event WHERE project_id = :project AND time_ms BETWEEN :from AND :until)
