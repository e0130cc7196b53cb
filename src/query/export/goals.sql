SELECT goal.id, goal.name, goal.kind AS "kind:goal_kind", goal.pattern, goal.created_at_ms AS "created:time"
FROM goal
WHERE +goal.project_id = ?1 AND goal.id > COALESCE(?5, -1) AND ?2 IS ?2 AND ?3 IS ?3
ORDER BY goal.id
LIMIT ?4
