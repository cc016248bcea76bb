-- Stamp every event with the session it lies in, from scratch; events that lie in none lose their stamp.
-- grain: none.
-- reads: fact.events, fact.sessions
UPDATE fact.events SET session_id = stamps.session_id
FROM (
    SELECT events.rowid AS event_row, sessions.session_id
    FROM fact.events AS events
    LEFT JOIN fact.sessions AS sessions
        ON
            events.browser_node = sessions.browser_node AND events.brand = sessions.brand
            AND events.occurred_at BETWEEN sessions.started_at AND sessions.ended_at
            AND fact.is_visit(
                events.robot_reason, events.browser_node, events.trust, events.anonymous_id, events.historical, events.name
            )
    WHERE events.session_id IS DISTINCT FROM sessions.session_id
) AS stamps
WHERE fact.events.rowid = stamps.event_row
