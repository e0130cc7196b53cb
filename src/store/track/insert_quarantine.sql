INSERT INTO track_quarantine (project_id, received_ms, reason, body)
VALUES (?1, ?2, ?3, ?4)
