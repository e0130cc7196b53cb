UPDATE track_identifier
SET is_person = 1
WHERE id = (SELECT person_id FROM track_identifier WHERE id = ?1)
