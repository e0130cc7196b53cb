INSERT INTO heat_chunk (project_id, kind, path_id, first_seq, point_count, min_ts, max_ts, summary, columns)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
