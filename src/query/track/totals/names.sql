SELECT name_id, kind
FROM track_event INDEXED BY track_event_time
WHERE project_id = ?1 AND time_ms BETWEEN ?2 AND ?3 AND flags & 1 = 0
