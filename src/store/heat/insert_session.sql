INSERT INTO heat_session (
    id, project_id, external_id, user_id, started_at, last_seen_at, first_path_id, user_agent_id, device_id, client_id,
    address_hash, received_at_ms, last_ts, max_span_ms, row_count, country, received_day
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
