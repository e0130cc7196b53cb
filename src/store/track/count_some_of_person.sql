SELECT COUNT(*)
FROM (SELECT 1 FROM track_identifier WHERE person_id = ?1 LIMIT ?2)
