SELECT
    captured_ms,
    (SELECT text FROM dictionary WHERE id = source_id),
    (SELECT text FROM dictionary WHERE id = medium_id),
    (SELECT text FROM dictionary WHERE id = campaign_id),
    (SELECT text FROM dictionary WHERE id = term_id),
    (SELECT text FROM dictionary WHERE id = content_id),
    (SELECT text FROM dictionary WHERE id = click_key_id),
    landing_page,
    referrer
FROM track_touch INDEXED BY track_touch_session
WHERE session_key = ?1 AND session_key > 0
ORDER BY captured_ms, fingerprint
LIMIT 200
