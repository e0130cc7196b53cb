-- Users of persons (?1, a JSON array), and the person of each.
SELECT member.id, member.person_id
FROM json_each(?1) AS asked
CROSS JOIN track_identifier AS member ON member.person_id = asked.value
LIMIT ?2
