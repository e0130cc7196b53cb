INSERT INTO retention_run (kind, run_day, cutoff_day, rows, began_ms, ended_ms)
VALUES (?1, ?2, ?3, 0, ?4, NULL)
ON CONFLICT DO UPDATE SET
    run_day = excluded.run_day,
    cutoff_day = excluded.cutoff_day,
    rows = 0,
    began_ms = excluded.began_ms,
    ended_ms = NULL
