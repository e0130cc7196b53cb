-- All that was said about which users of the person ?1 are one.
SELECT alias.absorbed_id, alias.survivor_id, alias.time_ms
FROM track_identifier AS user
CROSS JOIN track_alias AS alias ON alias.absorbed_id = user.id
WHERE user.person_id = ?1
LIMIT ?2
