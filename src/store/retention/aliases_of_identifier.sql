SELECT survivor_id FROM track_alias WHERE absorbed_id = ?1
UNION ALL
SELECT absorbed_id FROM track_alias WHERE survivor_id = ?1
