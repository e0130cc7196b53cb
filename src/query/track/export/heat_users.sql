SELECT
    id, 0, uuid AS "id:uuid", external_id, traits AS "traits:json", proven_at_ms AS proven_at, created_at_ms AS created_at
FROM heat_user
WHERE id = ?1 AND ?4 IS NULL AND ?2 <= ?3 AND ?5 IS ?5
LIMIT ?6
