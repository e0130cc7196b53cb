SELECT
    touch.session_key, touch.fingerprint, touch.captured_ms AS time, touch.first_ms AS first_told_at,
    touch.last_captured_ms AS last_captured_at,
    (SELECT external_id FROM track_session WHERE id = touch.session_key) AS session_id,
    (SELECT value FROM track_identifier WHERE id = touch.anonymous_id) AS anonymous_id,
    (SELECT text FROM dictionary WHERE id = touch.source_id) AS source,
    (SELECT text FROM dictionary WHERE id = touch.medium_id) AS medium,
    (SELECT text FROM dictionary WHERE id = touch.campaign_id) AS campaign,
    (SELECT text FROM dictionary WHERE id = touch.term_id) AS term,
    (SELECT text FROM dictionary WHERE id = touch.content_id) AS content,
    (SELECT text FROM dictionary WHERE id = touch.click_key_id) AS click_id_type,
    touch.click_id, touch.lyr, touch.landing_page, touch.referrer, touch.detail AS "parameters:json"
FROM track_touch AS touch
WHERE touch.subject_id = ?1 AND touch.first_ms BETWEEN ?2 AND ?3
    AND (?4 IS NULL OR (touch.session_key, touch.fingerprint) > (?4, ?5))
ORDER BY touch.session_key, touch.fingerprint
LIMIT ?6
