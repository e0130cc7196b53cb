SELECT
    matched.subject_id, matched.anonymous_id, subject.kind AS "kind:identifier_kind", subject.value AS id,
    browser.value AS anonymous_id, matched.time_ms AS "time:time"
FROM track_web_match AS matched
CROSS JOIN track_identifier AS subject ON subject.id = matched.subject_id
CROSS JOIN track_identifier AS browser ON browser.id = matched.anonymous_id
WHERE subject.project_id = ?1 AND (matched.subject_id, matched.anonymous_id) > (COALESCE(?5, -1), COALESCE(?6, 0))
    AND ?2 IS ?2 AND ?3 IS ?3
ORDER BY matched.subject_id, matched.anonymous_id
LIMIT ?4
