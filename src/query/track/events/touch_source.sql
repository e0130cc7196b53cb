SELECT source_id
FROM track_touch
WHERE subject_id = ?1 AND session_key = ?2 AND fingerprint = ?3
