DELETE FROM track_quarantine
WHERE id IN (
    SELECT id
    FROM track_quarantine INDEXED BY track_quarantine_project
    WHERE project_id = ?1 AND received_ms < ?2
)
