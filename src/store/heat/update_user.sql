UPDATE heat_user
SET traits = COALESCE(?2, traits), proven_at_ms = COALESCE(proven_at_ms, ?3)
WHERE id = ?1
