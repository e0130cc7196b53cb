SELECT id, user_id, received_at_ms, last_ts, max_span_ms, row_count, received_day
FROM heat_session
WHERE external_id = ?1 AND project_id = ?2
