SELECT known.email, known.user_id, owner.value AS user_id, known.email
FROM track_email AS known
CROSS JOIN track_identifier AS owner ON owner.id = known.user_id
WHERE known.project_id = ?1 AND (known.email, known.user_id) > (COALESCE(?5, ''), COALESCE(?6, -1)) AND ?2 IS ?2 AND ?3 IS ?3
ORDER BY known.email, known.user_id
LIMIT ?4
