-- ?3: a bit for each part that is asked for.
SELECT part, count, data
FROM visit_chunk
WHERE project_id = ?1 AND day = ?2 AND ?3 >> part & 1
ORDER BY part
