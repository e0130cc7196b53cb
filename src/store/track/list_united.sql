UPDATE track_identifier
SET is_person = 1
WHERE id = ?1 AND EXISTS (SELECT 1 FROM track_identifier AS moved WHERE moved.id = ?2 AND moved.is_person = 1)
