-- A history that is imported comes behind what is newer.
UPDATE traffic_user
SET first_seen_ms = MIN(first_seen_ms, ?2), last_seen_ms = MAX(last_seen_ms, ?3)
WHERE id = ?1
