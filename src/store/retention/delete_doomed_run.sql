DELETE FROM heat_doomed_run
WHERE project_id = ?1 AND kind = ?2 AND path_id = ?3 AND first_seq = ?4
