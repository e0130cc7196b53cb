SELECT id, path_id, point_count, min_ts, max_ts
FROM heat_chunk
WHERE project_id = ?1 AND kind = ?2 AND max_ts >= ?3 AND min_ts <= ?4
