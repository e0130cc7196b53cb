DELETE FROM track_touch
WHERE (subject_id, session_key, fingerprint) IN (
    SELECT subject_id, session_key, fingerprint
    FROM track_touch INDEXED BY track_touch_session
    WHERE session_key = ?1 AND session_key > 0
)
