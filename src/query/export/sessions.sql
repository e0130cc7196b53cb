-- Sessions that have events in the range, in the order in which they began. The first columns are the place and the row id.
SELECT
    session.started_at, session.id, session.external_id AS "session_id:client_id", user.external_id AS user_id,
    session.started_at AS "started:time", session.last_seen_at AS "last_seen:time",
    session.received_at_ms AS "received:time", (SELECT text FROM dictionary WHERE id = session.first_path_id) AS first_path,
    (SELECT text FROM dictionary WHERE id = session.user_agent_id) AS user_agent,
    (SELECT text FROM dictionary WHERE id = session.device_id) AS "device:json",
    (SELECT text FROM dictionary WHERE id = session.client_id) AS "client:json",
    session.address_hash AS "address_hash:hex", session.row_count AS rows,
    session.country AS "country:country",
    (
        SELECT json_group_array(json_object('id', known.external_id, 'traits', json(known.traits), 'proven_ms', known.proven_at_ms))
        FROM heat_user AS known
        WHERE known.id = session.user_id
            OR known.id IN (SELECT user_id FROM heat_event WHERE session_id = session.id AND user_id IS NOT NULL)
    ) AS "users:json"
FROM heat_session AS session
LEFT JOIN heat_user AS user ON user.id = session.user_id
WHERE session.project_id = ?1 AND session.last_ts + session.max_span_ms >= ?2
    AND (?5 IS NULL OR session.started_at >= ?5) AND (?5 IS NULL OR (session.started_at, session.id) > (?5, ?6))
    AND (?3 = 9223372036854775807 OR EXISTS (SELECT 1 FROM heat_event WHERE session_id = session.id AND ts < ?3))
ORDER BY session.started_at, session.id
LIMIT ?4
