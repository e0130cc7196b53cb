SELECT users FROM traffic_bucket WHERE project_id = ?1 AND grain = ?2 AND bucket = ?3
