INSERT INTO traffic_user_rollup (project_id, grain, bucket, user_id, requests, errors, slow, duration_us)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT DO UPDATE SET
    requests = requests + excluded.requests,
    errors = errors + excluded.errors,
    slow = slow + excluded.slow,
    -- Neither is greater than 2^62 - 1: the sum is an integer.
    duration_us = MIN(duration_us + excluded.duration_us, 4611686018427387903)
