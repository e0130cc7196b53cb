-- Touches that the events of many subjects told (?1, a JSON array), at most ?2.
SELECT
    t.session_key,
    s.external_id,
    CASE
        WHEN t.session_key < 0 THEN min(t.first_ms, (-1 - t.session_key) * 3600000)
        WHEN s.event_count > 0 THEN min(t.first_ms, s.started_ms)
        ELSE t.first_ms
    END,
    t.first_ms, t.captured_ms, t.last_captured_ms, t.fingerprint, t.anonymous_id,
    t.source_id, t.medium_id, t.campaign_id, t.term_id, t.content_id, t.click_key_id, t.click_id,
    t.lyr, t.landing_page, t.referrer, t.detail, t.subject_id
FROM json_each(?1) AS asked
CROSS JOIN track_touch AS t ON t.subject_id = asked.value
LEFT JOIN track_session AS s ON s.id = t.session_key
LIMIT ?2
