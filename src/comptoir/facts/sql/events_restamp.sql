-- Give stored events the new name of their session: an earlier event of the same visit came later, or one that closes a gap.
-- grain: none.
-- reads: moves (old and new names of sessions)
-- param: low TIMESTAMP, start of the first session that was renamed
-- param: high TIMESTAMP, end of the last one
UPDATE fact.events SET session_id = moves.session_id
FROM moves
WHERE fact.events.session_id = moves.old_id AND fact.events.occurred_at BETWEEN $low AND $high
