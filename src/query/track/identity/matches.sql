-- Browsers that the identifier ?1 was matched with.
SELECT browser.id, browser.value, web_match.time_ms
FROM track_web_match AS web_match
CROSS JOIN track_identifier AS browser ON browser.id = web_match.anonymous_id
WHERE web_match.subject_id = ?1
LIMIT ?2
