SELECT is_revenue, amount_micros, currency_id
FROM track_conversion
WHERE project_id = ?1 AND time_ms = ?2 AND seq = ?3
