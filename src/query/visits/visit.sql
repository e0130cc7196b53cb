SELECT
    ended_ms, entry_id, exit_id, view_count, event_count, channel, referrer_id, campaign_id, device, browser_id, os_id,
    CASE source
        WHEN 0 THEN (SELECT external_id FROM heat_session WHERE id = session_id)
        ELSE (SELECT external_id FROM track_session WHERE id = session_id)
    END,
    CASE source
        WHEN 0 THEN (SELECT external_id FROM heat_user WHERE id = user_id)
        ELSE (SELECT value FROM track_identifier WHERE id = user_id)
    END
FROM visit
WHERE project_id = ?1 AND started_ms = ?2 AND source = ?3 AND session_id = ?4
