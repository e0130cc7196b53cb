UPDATE track_identifier
SET is_person = 1
WHERE id = ?1
  AND is_person = 0
  AND NOT EXISTS (
      SELECT 1
      FROM track_tied
      JOIN track_identifier AS user ON user.id = track_tied.to_id
      WHERE track_tied.from_id = ?1 AND user.kind = 0 AND user.is_proven = 1
  )
