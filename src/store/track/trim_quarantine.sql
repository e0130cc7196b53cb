DELETE FROM track_quarantine
WHERE project_id = ?1
  AND id <= (SELECT id FROM track_quarantine WHERE project_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
