-- Without a URL a request tells its route (V2__traffic.sql).
UPDATE traffic_request
SET user_id = NULL, session_id = NULL, user_agent_id = NULL, ip = NULL, url = NULL, referrer = NULL, trace_id = NULL
WHERE user_id = ?1
