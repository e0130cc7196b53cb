INSERT INTO track_conversion (
    project_id, time_ms, seq, name_id, subject_id, session_id, is_revenue, amount_micros, currency_id
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
