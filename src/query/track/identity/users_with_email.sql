-- Users who were ever said to have the e-mail address ?2, with what was said last and when.
SELECT user.id, user.value, said.value, said.time_ms
FROM track_email AS known
CROSS JOIN track_identifier AS user ON user.id = known.user_id
LEFT JOIN track_trait AS said ON said.user_id = known.user_id AND said.key = 'email'
WHERE known.project_id = ?1 AND known.email = ?2
LIMIT ?3
