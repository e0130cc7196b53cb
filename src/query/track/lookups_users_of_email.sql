-- Users of a project (?1) who were ever said to have an e-mail address (?2), the newest of very many.
SELECT user_id
FROM track_email
WHERE project_id = ?1 AND email = ?2
ORDER BY user_id DESC
LIMIT 100
