-- A touch is told by many events and kept once: the first that told it gets its first capture, the others its last, so that
-- reading them back makes the same touch.
SELECT
    event.time_ms, event.seq, event.event_id AS "event_id:client_id",
    (SELECT text FROM dictionary WHERE id = event.name_id) AS name, event.kind AS "kind:event_kind",
    event.time_ms AS "time:time", event.received_ms AS "received:time", event.client_time AS "client_time:json",
    (SELECT text FROM dictionary WHERE id = event.channel_id) AS channel,
    (SELECT text FROM dictionary WHERE id = event.library_id) AS library,
    (SELECT value FROM track_identifier WHERE id = event.subject_id AND kind = 0) AS user_id,
    (SELECT value FROM track_identifier WHERE id = event.anonymous_id) AS anonymous_id,
    (SELECT value FROM track_identifier WHERE id = event.device_id) AS device_id,
    (SELECT external_id FROM track_session WHERE id = event.session_id) AS session_id,
    event.flags & 1 AS "is_hidden:bool", event.flags & 2 = 0 AS "may_advertise:bool",
    CASE WHEN conversion.seq IS NOT NULL THEN json_object(
        'is_revenue', json(iif(conversion.is_revenue, 'true', 'false')), 'amount_micros', conversion.amount_micros,
        'currency', (SELECT text FROM dictionary WHERE id = conversion.currency_id)
    ) END AS "conversion:json",
    CASE WHEN touch.fingerprint IS NOT NULL THEN json_object(
        'fingerprint', touch.fingerprint,
        'captured_ms', iif(event.time_ms = touch.first_ms, touch.captured_ms, touch.last_captured_ms),
        'source', (SELECT text FROM dictionary WHERE id = touch.source_id),
        'medium', (SELECT text FROM dictionary WHERE id = touch.medium_id),
        'campaign', (SELECT text FROM dictionary WHERE id = touch.campaign_id),
        'term', (SELECT text FROM dictionary WHERE id = touch.term_id),
        'content', (SELECT text FROM dictionary WHERE id = touch.content_id),
        'click_key', (SELECT text FROM dictionary WHERE id = touch.click_key_id),
        'click_id', touch.click_id, 'lyr', touch.lyr, 'landing_page', touch.landing_page, 'referrer', touch.referrer,
        'parameters', json(touch.detail)
    ) END AS "touch:json",
    (SELECT address_hash FROM track_download_click WHERE seq = event.seq) AS "address_hash:hex",
    event.country AS "country:country", event.properties AS "properties:json", event.context AS "context:json"
FROM track_event AS event
LEFT JOIN track_conversion AS conversion
    ON conversion.project_id = event.project_id AND conversion.time_ms = event.time_ms AND conversion.seq = event.seq
LEFT JOIN track_touch AS touch
    ON touch.subject_id = event.subject_id AND touch.fingerprint = event.touch
    AND touch.session_key = COALESCE(event.session_id, -(event.time_ms / 3600000) - 1)
WHERE event.project_id = ?1 AND event.time_ms >= COALESCE(?5, ?2) AND event.time_ms < ?3
    AND (?5 IS NULL OR (event.time_ms, event.seq) > (?5, ?6))
ORDER BY event.time_ms, event.seq
LIMIT ?4
