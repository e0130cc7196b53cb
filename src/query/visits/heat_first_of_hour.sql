SELECT MIN((
    SELECT ts FROM heat_event WHERE session_id = some.session_id AND ts >= :from AND ts < :until ORDER BY ts LIMIT 1
))
FROM (
    SELECT session_id FROM heat_session_hour WHERE project_id = :project AND hour = :hour ORDER BY session_id LIMIT 200
) AS some
