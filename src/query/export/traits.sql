SELECT known.user_id, known.key, owner.value AS user_id, known.key, known.value AS "value:json", known.time_ms AS "time:time"
FROM track_trait AS known
CROSS JOIN track_identifier AS owner ON owner.id = known.user_id
WHERE owner.project_id = ?1 AND (known.user_id, known.key) > (COALESCE(?5, -1), COALESCE(?6, '')) AND ?2 IS ?2 AND ?3 IS ?3
ORDER BY known.user_id, known.key
LIMIT ?4
