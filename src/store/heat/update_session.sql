UPDATE heat_session
SET last_seen_at = ?2, user_id = ?3, last_ts = ?4, max_span_ms = ?5, row_count = ?6
WHERE id = ?1
