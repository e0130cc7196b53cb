-- ?5 is the path of the statement beside this one; here it is always null.
SELECT point_count, min_ts, max_ts, summary, columns
FROM heat_chunk
WHERE project_id = ?1 AND kind = ?2 AND ?5 IS NULL AND max_ts >= ?3 AND min_ts <= ?4
ORDER BY path_id, first_seq
