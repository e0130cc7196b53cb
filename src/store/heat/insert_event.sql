INSERT OR FAIL INTO heat_event (
    session_id, ts, seq, kind, path_id, meta_id, user_id, target_id, x, y, detail, trail, event_id, received_in_ms
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
