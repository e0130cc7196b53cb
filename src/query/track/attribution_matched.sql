-- Which of many users and anonymous ids (?1, a JSON array) were matched with browsers.
SELECT matched.subject_id
FROM json_each(?1) AS asked
CROSS JOIN track_web_match AS matched ON matched.subject_id = asked.value
LIMIT ?2
