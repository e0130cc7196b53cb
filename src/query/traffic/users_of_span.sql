-- ?1 project, ?2 and ?3 first and last instant (of rows beyond the rollups), ?4 to ?12 three ranges of buckets,
-- ?13 name of the sort key, ?14 whether descending, ?15 limit, ?16 offset,
-- ?17 what id, name or e-mail address must contain, in lower case.
WITH
span (grain, first, end) AS (VALUES (?4, ?5, ?6), (?7, ?8, ?9), (?10, ?11, ?12)),
part AS (
    SELECT r.user_id, r.requests, r.errors, r.slow, r.duration_us, 0 AS seen_ms
    FROM span
    CROSS JOIN traffic_user_rollup AS r
        ON r.project_id = ?1 AND r.grain = span.grain AND r.bucket >= span.first AND r.bucket < span.end
    UNION ALL
    -- The plus keeps SQLite from using an index: these rows are few and lie together.
    SELECT user_id, is_meant, is_meant AND status >= 400, is_meant AND is_slow, is_meant * duration_us, created_at_ms
    FROM (
        SELECT *, created_at_ms >= ?2 AND created_at_ms < ?3 AS is_meant
        FROM traffic_request
        WHERE id > (SELECT rolled_up_id FROM traffic_progress) AND +project_id = ?1 AND +user_id IS NOT NULL
    )
),
total AS (
    SELECT
        user_id, SUM(requests) AS requests, SUM(errors) AS errors, SUM(slow) AS slow, SUM(duration_us) AS duration_us,
        MAX(seen_ms) AS seen_ms
    FROM part
    GROUP BY user_id
    HAVING SUM(requests) > 0
),
listed AS (
    SELECT
        u.id, u.external_id, u.name, u.email, u.first_seen_ms, MAX(u.last_seen_ms, t.seen_ms) AS last_seen_ms,
        t.requests, t.errors, t.slow, t.duration_us,
        CASE ?13
            WHEN 'requests' THEN t.requests
            WHEN 'errors' THEN t.errors
            WHEN 'slow' THEN t.slow
            WHEN 'average' THEN 1.0 * t.duration_us / t.requests
            WHEN 'last_seen' THEN MAX(u.last_seen_ms, t.seen_ms)
            WHEN 'external_id' THEN u.external_id
        END AS sort_key
    FROM total AS t
    JOIN traffic_user AS u ON u.id = t.user_id
    WHERE ?17 IS NULL OR instr(lower(concat_ws(' ', u.external_id, u.name, u.email)), ?17) > 0
)
SELECT
    id, external_id, name, email, first_seen_ms, last_seen_ms, requests, errors, slow, duration_us, COUNT(*) OVER ()
FROM listed
ORDER BY CASE WHEN ?14 THEN sort_key END DESC, CASE WHEN NOT ?14 THEN sort_key END, id
LIMIT ?15 OFFSET ?16
