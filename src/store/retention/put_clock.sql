INSERT INTO retention_clock (id, trusted_ms, noted_ms, suspect_since_ms, suspect_hours)
VALUES (1, ?1, ?2, ?3, ?4)
ON CONFLICT DO UPDATE SET
    trusted_ms = excluded.trusted_ms,
    noted_ms = excluded.noted_ms,
    suspect_since_ms = excluded.suspect_since_ms,
    suspect_hours = excluded.suspect_hours
