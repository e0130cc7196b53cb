SELECT
    conversion.time_ms, conversion.seq, (SELECT text FROM dictionary WHERE id = conversion.name_id) AS name,
    conversion.time_ms AS "time:time", CASE WHEN subject.kind = 0 THEN subject.value END AS user_id,
    CASE WHEN subject.kind = 1 THEN subject.value END AS anonymous_id,
    (SELECT external_id FROM track_session WHERE id = conversion.session_id) AS session_id,
    conversion.is_revenue AS "is_revenue:bool", conversion.amount_micros AS "amount:amount",
    (SELECT text FROM dictionary WHERE id = conversion.currency_id) AS currency
FROM track_conversion AS conversion
LEFT JOIN track_identifier AS subject ON subject.id = conversion.subject_id
WHERE conversion.project_id = ?1 AND conversion.time_ms >= COALESCE(?5, ?2) AND conversion.time_ms < ?3
    AND (?5 IS NULL OR (conversion.time_ms, conversion.seq) > (?5, ?6))
ORDER BY conversion.time_ms, conversion.seq
LIMIT ?4
