DELETE FROM track_download_click
WHERE seq IN (
    SELECT seq FROM track_event WHERE subject_id = ?1 AND time_ms BETWEEN ?2 AND ?3 AND kind = ?4
)
