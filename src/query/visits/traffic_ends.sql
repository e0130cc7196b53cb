SELECT
    (SELECT MIN(created_at_ms) FROM traffic_request WHERE project_id = :project AND created_at_ms BETWEEN :from AND :until),
    (SELECT MAX(created_at_ms) FROM traffic_request WHERE project_id = :project AND created_at_ms BETWEEN :from AND :until)
