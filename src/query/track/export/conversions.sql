SELECT
    conversion.time_ms, conversion.seq, conversion.seq,
    (SELECT text FROM dictionary WHERE id = conversion.name_id) AS name, conversion.time_ms AS time,
    (SELECT external_id FROM track_session WHERE id = conversion.session_id) AS session_id,
    conversion.is_revenue AS "is_revenue:bool", conversion.amount_micros AS "amount:amount",
    (SELECT text FROM dictionary WHERE id = conversion.currency_id) AS currency
FROM track_conversion AS conversion
WHERE conversion.subject_id = ?1 AND conversion.time_ms BETWEEN COALESCE(?4, ?2) AND ?3
    AND (?4 IS NULL OR (conversion.time_ms, conversion.seq) > (?4, ?5))
ORDER BY conversion.time_ms, conversion.seq
LIMIT ?6
