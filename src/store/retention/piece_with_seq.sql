SELECT id, point_count, columns
FROM heat_chunk
WHERE project_id = ?1 AND kind = ?2 AND path_id = ?3 AND first_seq <= ?4
ORDER BY first_seq DESC
LIMIT 1
