-- Take out the sessions that are about to be written again.
-- grain: none.
-- reads: pieces (stretches of sessions)
DELETE FROM fact.sessions WHERE rowid IN (SELECT old_row FROM pieces)
