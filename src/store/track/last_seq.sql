SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'track_event'), 0)
