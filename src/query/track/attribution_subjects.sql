-- Users and anonymous ids (?1, a JSON array): the kind, whether it is a person itself, and the person it belongs to for ever.
SELECT subject.id, subject.kind, subject.is_person, root.id
FROM json_each(?1) AS asked
CROSS JOIN track_identifier AS subject ON subject.id = asked.value
LEFT JOIN track_identifier AS root ON root.id = subject.person_id AND root.is_person = 1
LIMIT ?2
