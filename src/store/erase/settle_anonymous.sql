-- It stands for a person if it has ever been seen as one's and is tied to no proven user.
UPDATE track_identifier
SET is_person = NOT EXISTS (
    SELECT 1
    FROM track_tied AS tied
    JOIN track_identifier AS user ON user.id = tied.to_id
    WHERE tied.from_id = track_identifier.id AND user.is_proven = 1
)
WHERE id = ?1
