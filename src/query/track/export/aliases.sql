SELECT alias.survivor_id, 0, absorbed.value AS absorbed_user_id, survivor.value AS user_id, alias.time_ms AS time
FROM track_alias AS alias
JOIN track_identifier AS absorbed ON absorbed.id = alias.absorbed_id
JOIN track_identifier AS survivor ON survivor.id = alias.survivor_id
WHERE alias.absorbed_id = ?1 AND (?4 IS NULL OR alias.survivor_id > ?4) AND ?2 <= ?3 AND ?5 IS ?5
ORDER BY alias.survivor_id
LIMIT ?6
