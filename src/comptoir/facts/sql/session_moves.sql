-- Remember whose sessions changed their name in this tick, so that what hangs on them is derived again.
-- grain: one row a tick and browser.
-- reads: moves (old and new names of sessions)
-- param: tick_id BIGINT
INSERT INTO fact.session_moves SELECT DISTINCT $tick_id, browser_node FROM moves
