SELECT id
FROM track_identifier INDEXED BY track_identifier_listed
WHERE project_id = ?1 AND is_person = 1 AND id < ?2
ORDER BY id DESC
LIMIT ?3
