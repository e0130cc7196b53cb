SELECT first_seq, id
FROM heat_chunk
WHERE project_id = ?1 AND kind = ?2 AND path_id = ?3
ORDER BY first_seq
