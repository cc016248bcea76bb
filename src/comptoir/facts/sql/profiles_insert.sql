-- Copy nodes that are new.
-- grain: one row a node.
-- reads: profile_news
INSERT INTO fact.profile_of SELECT node_id, kind, value, profile_id FROM profile_news WHERE is_new
