SELECT
    seq, time_ms, received_ms, event_id, name_id, kind, flags, subject_id, anonymous_id, device_id, session_id, channel_id,
    library_id, touch, client_time, properties, context, project_id
FROM track_event
WHERE session_id = ?1
  AND (time_ms, seq) < (?2, ?3)
  AND time_ms >= ?4
  AND (?5 IS NULL OR kind = ?5)
  AND (?6 IS NULL OR name_id = ?6)
  AND session_id = ?7
  AND (?8 IS NULL OR channel_id = ?8)
  AND (?9 = 1 OR flags & 1 = 0)
  AND (?10 IS NULL OR event_id = ?10)
ORDER BY time_ms DESC, seq DESC
