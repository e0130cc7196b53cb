-- It stands for a person if it has events of its own and is tied to no proven user.
UPDATE track_identifier
SET is_person = EXISTS (SELECT 1 FROM track_event WHERE subject_id = track_identifier.id) AND NOT EXISTS (
    SELECT 1
    FROM track_tied AS tied
    JOIN track_identifier AS user ON user.id = tied.to_id
    WHERE tied.from_id = track_identifier.id AND user.kind = 0 AND user.is_proven = 1
)
WHERE id = ?1
