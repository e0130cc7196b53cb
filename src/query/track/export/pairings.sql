SELECT
    pairing.kind, pairing.value, pairing.kind AS "kind:pairing_kind", pairing.value,
    (SELECT value FROM track_identifier WHERE id = pairing.anonymous_id) AS anonymous_id, pairing.time_ms AS time
FROM track_pairing AS pairing
WHERE pairing.subject_id = ?1 AND pairing.time_ms BETWEEN ?2 AND ?3
    AND (?4 IS NULL OR (pairing.kind, pairing.value) > (?4, ?5))
ORDER BY pairing.kind, pairing.value
LIMIT ?6
