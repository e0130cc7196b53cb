-- One SET sees the row as it was before. Of two captures at the same time the smaller texts stay, and of two anonymous ids
-- the smaller one, so that the order of arrival does not matter. A touch that is only told again changes nothing.
INSERT INTO track_touch (
    subject_id, session_key, fingerprint, anonymous_id, first_ms, captured_ms, last_captured_ms, source_id, medium_id,
    campaign_id, term_id, content_id, click_key_id, click_id, lyr, landing_page, referrer, detail
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
ON CONFLICT DO UPDATE SET
    anonymous_id = CASE
        WHEN anonymous_id IS NULL THEN excluded.anonymous_id
        WHEN (SELECT value FROM track_identifier WHERE id = excluded.anonymous_id)
            < (SELECT value FROM track_identifier WHERE id = track_touch.anonymous_id) THEN excluded.anonymous_id
        ELSE anonymous_id
    END,
    first_ms = MIN(first_ms, excluded.first_ms),
    captured_ms = MIN(captured_ms, excluded.captured_ms),
    last_captured_ms = MAX(last_captured_ms, excluded.last_captured_ms),
    landing_page = CASE WHEN (excluded.captured_ms, excluded.detail, COALESCE(excluded.landing_page, ''), COALESCE(excluded.referrer, ''))
        < (captured_ms, detail, COALESCE(landing_page, ''), COALESCE(referrer, '')) THEN excluded.landing_page ELSE landing_page END,
    referrer = CASE WHEN (excluded.captured_ms, excluded.detail, COALESCE(excluded.landing_page, ''), COALESCE(excluded.referrer, ''))
        < (captured_ms, detail, COALESCE(landing_page, ''), COALESCE(referrer, '')) THEN excluded.referrer ELSE referrer END,
    detail = CASE WHEN (excluded.captured_ms, excluded.detail, COALESCE(excluded.landing_page, ''), COALESCE(excluded.referrer, ''))
        < (captured_ms, detail, COALESCE(landing_page, ''), COALESCE(referrer, '')) THEN excluded.detail ELSE detail END
WHERE excluded.first_ms < first_ms
    OR excluded.last_captured_ms > last_captured_ms
    OR (excluded.captured_ms, excluded.detail, COALESCE(excluded.landing_page, ''), COALESCE(excluded.referrer, ''))
        < (captured_ms, detail, COALESCE(landing_page, ''), COALESCE(referrer, ''))
    OR (excluded.anonymous_id IS NOT NULL AND excluded.anonymous_id IS NOT anonymous_id)
