DELETE FROM traffic_user_rollup WHERE project_id = ?1 AND grain = ?2 AND bucket = ?3 AND user_id = ?4
