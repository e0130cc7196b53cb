SELECT MAX(
    (SELECT COALESCE(MAX(seq), 0) FROM track_event),
    (SELECT COALESCE(MAX(seq), 0) FROM track_forgotten)
)
