SELECT
    visit.started_ms, visit.source, visit.session_id, visit.started_ms AS "started:time", visit.ended_ms AS "ended:time",
    visit.source AS "source:visit_source",
    CASE visit.source
        WHEN 0 THEN (SELECT external_id FROM heat_session WHERE id = visit.session_id)
        ELSE (SELECT external_id FROM track_session WHERE id = visit.session_id)
    END AS "session_id:client_id",
    CASE visit.source
        WHEN 0 THEN (SELECT external_id FROM heat_user WHERE id = visit.user_id)
        ELSE (SELECT value FROM track_identifier WHERE id = visit.user_id)
    END AS user_id,
    visit.channel AS "channel:channel", visit.device AS "device:device_class", visit.country AS "country:country",
    (SELECT text FROM dictionary WHERE id = visit.browser_id) AS browser,
    (SELECT text FROM dictionary WHERE id = visit.os_id) AS os,
    (SELECT text FROM dictionary WHERE id = visit.host_id) AS host,
    (SELECT text FROM dictionary WHERE id = visit.entry_id) AS entry_page,
    (SELECT text FROM dictionary WHERE id = visit.exit_id) AS exit_page, visit.view_count AS page_views,
    visit.event_count AS events, (SELECT text FROM dictionary WHERE id = visit.referrer_id) AS referrer,
    (SELECT text FROM dictionary WHERE id = visit.source_id) AS utm_source,
    (SELECT text FROM dictionary WHERE id = visit.medium_id) AS utm_medium,
    (SELECT text FROM dictionary WHERE id = visit.campaign_id) AS utm_campaign,
    (SELECT text FROM dictionary WHERE id = visit.term_id) AS utm_term,
    (SELECT text FROM dictionary WHERE id = visit.content_id) AS utm_content,
    (SELECT text FROM dictionary WHERE id = visit.click_key_id) AS click_id_type
FROM visit
WHERE visit.project_id = ?1 AND visit.started_ms >= COALESCE(?5, ?2) AND visit.started_ms < ?3
    AND (?5 IS NULL OR (visit.started_ms, visit.source, visit.session_id) > (?5, ?6, ?7))
ORDER BY visit.started_ms, visit.source, visit.session_id
LIMIT ?4
