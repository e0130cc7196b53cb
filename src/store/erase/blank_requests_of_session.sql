UPDATE traffic_request
SET session_id = NULL, user_agent_id = NULL, ip = NULL, url = NULL, referrer = NULL, trace_id = NULL
WHERE session_id = ?1
