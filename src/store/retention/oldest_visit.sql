-- ?2 is not needed.
SELECT MIN((
    SELECT day
    FROM visit_day
    WHERE project_id = some.id AND day >= ?1 AND ?2 IS NOT NULL
    ORDER BY day
    LIMIT 1
))
FROM project AS some
