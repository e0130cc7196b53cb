-- ?1 project, ?2 and ?3 time and seq behind which to begin, ?4 last millisecond.
SELECT time_ms, seq, name_id, subject_id, session_id, is_revenue, amount_micros, currency_id
FROM track_conversion
WHERE project_id = ?1 AND (time_ms, seq) > (?2, ?3) AND time_ms <= ?4
ORDER BY time_ms, seq
