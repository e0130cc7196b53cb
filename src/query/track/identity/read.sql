SELECT kind, value, person_id, is_person
FROM track_identifier
WHERE id = ?1
