SELECT id
FROM traffic_request NOT INDEXED
WHERE id BETWEEN ?2 AND ?3
    AND project_id = ?1
ORDER BY id
LIMIT ?4
