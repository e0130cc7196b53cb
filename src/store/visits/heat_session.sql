SELECT project_id, user_id, user_agent_id, address_hash, received_at_ms, country
FROM heat_session
WHERE id = ?1
