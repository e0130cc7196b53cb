SELECT point_count, min_ts, max_ts, summary, columns
FROM heat_chunk
WHERE project_id = ?1 AND kind = ?2 AND path_id = ?5 AND max_ts >= ?3 AND min_ts <= ?4
ORDER BY first_seq
