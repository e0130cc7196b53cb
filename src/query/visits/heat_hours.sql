SELECT
    (SELECT MIN(hour) FROM heat_session_hour WHERE project_id = :project AND hour BETWEEN :from / 3600000 AND :until / 3600000),
    (SELECT MAX(hour) FROM heat_session_hour WHERE project_id = :project AND hour BETWEEN :from / 3600000 AND :until / 3600000)
