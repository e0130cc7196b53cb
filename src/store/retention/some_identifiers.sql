SELECT id
FROM track_identifier INDEXED BY track_identifier_value
WHERE project_id = ?1
LIMIT ?2
