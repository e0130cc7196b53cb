UPDATE track_identifier
SET is_person = 0
WHERE id = ?1
  AND kind = 1
  AND is_person = 1
  AND EXISTS (SELECT 1 FROM track_identifier AS user WHERE user.id = ?2 AND user.kind = 0 AND user.is_proven = 1)
