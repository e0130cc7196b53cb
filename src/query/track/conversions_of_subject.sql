-- ?1 subject, ?2 and ?3 time and seq before which to begin, ?4 first millisecond, ?5 project.
SELECT time_ms, seq, name_id, subject_id, session_id, is_revenue, amount_micros, currency_id
FROM track_conversion INDEXED BY track_conversion_subject
WHERE subject_id = ?1 AND project_id = ?5 AND (time_ms, seq) < (?2, ?3) AND time_ms >= ?4
ORDER BY time_ms DESC, seq DESC
