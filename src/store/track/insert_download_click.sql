INSERT INTO track_download_click (project_id, address_hash, received_ms, seq)
VALUES (?1, ?2, ?3, ?4)
