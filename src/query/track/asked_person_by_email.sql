SELECT track_email.user_id
FROM track_email
LEFT JOIN track_trait AS trait ON trait.user_id = track_email.user_id AND trait.key = 'email'
WHERE track_email.project_id = ?1 AND track_email.email = ?2
ORDER BY trait.time_ms DESC, track_email.user_id DESC
LIMIT 100
