SELECT
    pairing.kind, pairing.value, pairing.subject_id, pairing.kind AS "pairing:pairing_kind", pairing.value AS value,
    subject.kind AS "kind:identifier_kind", subject.value AS id, browser.value AS anonymous_id,
    pairing.time_ms AS "time:time"
FROM track_pairing AS pairing
CROSS JOIN track_identifier AS subject ON subject.id = pairing.subject_id
LEFT JOIN track_identifier AS browser ON browser.id = pairing.anonymous_id
WHERE pairing.project_id = ?1
    AND (pairing.kind, pairing.value, pairing.subject_id) > (COALESCE(?5, -1), COALESCE(?6, ''), COALESCE(?7, 0))
    AND ?2 IS ?2 AND ?3 IS ?3
ORDER BY pairing.kind, pairing.value, pairing.subject_id
LIMIT ?4
