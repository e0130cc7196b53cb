SELECT 1 + MAX(
    COALESCE((SELECT MAX(id) FROM heat_session), 0),
    COALESCE((SELECT MAX(session_id) FROM heat_event), 0),
    COALESCE((SELECT MAX(session_id) FROM visit), 0)
)
