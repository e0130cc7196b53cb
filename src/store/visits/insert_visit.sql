INSERT INTO visit (
    project_id, started_ms, source, session_id, ended_ms, visitor, user_id, channel, device, host_id, referrer_id, source_id,
    medium_id, campaign_id, term_id, content_id, click_key_id, browser_id, os_id, entry_id, exit_id, view_count, event_count,
    marks, country
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)
