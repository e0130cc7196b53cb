-- ?4: the kind of page views.
SELECT name_id, COUNT(*), SUM(kind = ?4)
FROM track_event INDEXED BY track_event_time
WHERE project_id = ?1 AND time_ms BETWEEN ?2 AND ?3 AND flags & 1 = 0
GROUP BY name_id
