UPDATE traffic_bucket SET users = ?4 WHERE project_id = ?1 AND grain = ?2 AND bucket = ?3
