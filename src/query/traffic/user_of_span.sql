-- ?1 project, ?2 and ?3 first and last instant (of rows beyond the rollups), ?4 to ?12 three ranges of buckets,
-- ?13 the user's external id.
WITH
span (grain, first, end) AS (VALUES (?4, ?5, ?6), (?7, ?8, ?9), (?10, ?11, ?12)),
part AS (
    -- Goes through the buckets that exist, and looks the user up in each.
    SELECT r.requests, r.errors, r.slow, r.duration_us, 0 AS seen_ms
    FROM span
    CROSS JOIN traffic_user AS u ON u.project_id = ?1 AND u.external_id = ?13
    CROSS JOIN traffic_bucket AS b
        ON b.project_id = ?1 AND b.grain = span.grain AND b.bucket >= span.first AND b.bucket < span.end
    CROSS JOIN traffic_user_rollup AS r
        ON r.project_id = ?1 AND r.grain = b.grain AND r.bucket = b.bucket AND r.user_id = u.id
    UNION ALL
    -- Beyond the span only the time counts: when a user was last seen does not depend on it.
    SELECT is_meant, is_meant AND status >= 400, is_meant AND is_slow, is_meant * duration_us, created_at_ms
    FROM (
        SELECT q.*, q.created_at_ms >= ?2 AND q.created_at_ms < ?3 AS is_meant
        FROM traffic_user AS u
        CROSS JOIN traffic_request AS q
            ON q.id > (SELECT rolled_up_id FROM traffic_progress) AND +q.user_id = u.id
        WHERE u.project_id = ?1 AND u.external_id = ?13
    )
),
total AS (
    SELECT
        COALESCE(SUM(requests), 0) AS requests, COALESCE(SUM(errors), 0) AS errors, COALESCE(SUM(slow), 0) AS slow,
        COALESCE(SUM(duration_us), 0) AS duration_us, COALESCE(MAX(seen_ms), 0) AS seen_ms
    FROM part
)
SELECT
    u.id, u.external_id, u.name, u.email, u.first_seen_ms, MAX(u.last_seen_ms, t.seen_ms), t.requests, t.errors, t.slow,
    t.duration_us
FROM traffic_user AS u, total AS t
WHERE u.project_id = ?1 AND u.external_id = ?13
