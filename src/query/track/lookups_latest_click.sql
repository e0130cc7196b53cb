-- The latest click on a link to an app store in a project (?1) from an address (?2) since ?3.
SELECT received_ms, seq
FROM track_download_click
WHERE project_id = ?1 AND address_hash = ?2 AND received_ms >= ?3
ORDER BY received_ms DESC, seq DESC
LIMIT 1
