UPDATE track_identifier
SET is_person = 0
WHERE kind = 1 AND is_person = 1 AND id IN (SELECT from_id FROM track_tied WHERE to_id = ?1)
