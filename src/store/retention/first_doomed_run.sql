SELECT project_id, kind, path_id, first_seq
FROM heat_doomed_run AS own
ORDER BY project_id, kind, path_id, first_seq
LIMIT 1
