SELECT project_id, started_ms, source, session_id, ended_ms, visitor, user_id, channel, device, host_id, referrer_id, source_id,
    medium_id, campaign_id, term_id, content_id, click_key_id, browser_id, os_id, entry_id, exit_id, view_count, event_count,
    marks, country
FROM visit
WHERE session_id = ?1 AND (source > 0) = ?2
ORDER BY started_ms
