SELECT
    touch.subject_id, touch.session_key, touch.fingerprint,
    CASE WHEN subject.kind = 0 THEN subject.value END AS user_id,
    (SELECT value FROM track_identifier WHERE id = touch.anonymous_id) AS anonymous_id,
    (SELECT external_id FROM track_session WHERE id = touch.session_key) AS session_id,
    touch.captured_ms AS "captured:time", touch.last_captured_ms AS "last_captured:time",
    touch.first_ms AS "first_told:time",
    (SELECT text FROM dictionary WHERE id = touch.source_id) AS source,
    (SELECT text FROM dictionary WHERE id = touch.medium_id) AS medium,
    (SELECT text FROM dictionary WHERE id = touch.campaign_id) AS campaign,
    (SELECT text FROM dictionary WHERE id = touch.term_id) AS term,
    (SELECT text FROM dictionary WHERE id = touch.content_id) AS content,
    (SELECT text FROM dictionary WHERE id = touch.click_key_id) AS click_id_type, touch.click_id, touch.lyr,
    touch.landing_page, touch.referrer, touch.detail AS "parameters:json"
FROM track_touch AS touch
CROSS JOIN track_identifier AS subject ON subject.id = touch.subject_id
WHERE subject.project_id = ?1 AND touch.captured_ms >= ?2 AND touch.captured_ms < ?3
    AND (touch.subject_id, touch.session_key, touch.fingerprint) > (COALESCE(?5, -1), COALESCE(?6, 0), COALESCE(?7, 0))
ORDER BY touch.subject_id, touch.session_key, touch.fingerprint
LIMIT ?4
