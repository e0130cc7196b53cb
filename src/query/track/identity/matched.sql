SELECT browser.id, browser.value, track_web_match.time_ms
FROM track_web_match
JOIN track_identifier AS browser ON browser.id = track_web_match.anonymous_id
WHERE track_web_match.subject_id = ?1
LIMIT ?2
