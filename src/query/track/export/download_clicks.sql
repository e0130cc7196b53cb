SELECT event.time_ms, event.seq, event.seq, click.address_hash, click.received_ms AS received_at
FROM track_event AS event
JOIN track_download_click AS click ON click.seq = event.seq
WHERE event.subject_id = ?1 AND event.time_ms BETWEEN COALESCE(?4, ?2) AND ?3 AND event.kind = 6
    AND (?4 IS NULL OR (event.time_ms, event.seq) > (?4, ?5))
ORDER BY event.time_ms, event.seq
LIMIT ?6
