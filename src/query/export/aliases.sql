SELECT
    alias.absorbed_id, alias.survivor_id, absorbed.value AS absorbed_user_id, survivor.value AS user_id,
    alias.time_ms AS "time:time"
FROM track_alias AS alias
CROSS JOIN track_identifier AS absorbed ON absorbed.id = alias.absorbed_id
CROSS JOIN track_identifier AS survivor ON survivor.id = alias.survivor_id
WHERE absorbed.project_id = ?1 AND (alias.absorbed_id, alias.survivor_id) > (COALESCE(?5, -1), COALESCE(?6, 0))
    AND ?2 IS ?2 AND ?3 IS ?3
ORDER BY alias.absorbed_id, alias.survivor_id
LIMIT ?4
