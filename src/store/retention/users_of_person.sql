SELECT id
FROM track_identifier INDEXED BY track_identifier_person
WHERE person_id = (SELECT person_id FROM track_identifier WHERE id = ?1)
