-- The plus keeps SQLite from using an index: the rows beyond the rollups are few and lie together.
SELECT COUNT(*)
FROM (
    SELECT id
    FROM traffic_user
    WHERE project_id = ?1 AND last_seen_ms >= ?2
    UNION
    SELECT user_id
    FROM traffic_request
    WHERE id > (SELECT rolled_up_id FROM traffic_progress)
        AND +project_id = ?1 AND +created_at_ms >= ?2 AND +user_id IS NOT NULL
)
