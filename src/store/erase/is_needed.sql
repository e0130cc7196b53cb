-- Whether anything but an erased person knows the user, device or external id.
SELECT 1 FROM track_identifier WHERE id = ?1 AND is_proven = 1
UNION ALL
SELECT 1 FROM track_tied WHERE from_id = ?1
UNION ALL
SELECT 1 FROM track_tied WHERE to_id = ?1
UNION ALL
SELECT 1 FROM track_alias WHERE absorbed_id = ?1
UNION ALL
SELECT 1 FROM track_alias WHERE survivor_id = ?1
UNION ALL
SELECT 1 FROM track_event WHERE subject_id = ?1
LIMIT 1
