SELECT first_seq
FROM heat_chunk
WHERE project_id = ?1 AND kind = ?2 AND path_id = ?3 AND first_seq > ?4
ORDER BY first_seq
LIMIT 1
