SELECT known.anonymous_id, 0, browser.value AS anonymous_id, known.time_ms AS time
FROM track_web_match AS known
JOIN track_identifier AS browser ON browser.id = known.anonymous_id
WHERE known.subject_id = ?1 AND (?4 IS NULL OR known.anonymous_id > ?4) AND ?2 <= ?3 AND ?5 IS ?5
ORDER BY known.anonymous_id
LIMIT ?6
