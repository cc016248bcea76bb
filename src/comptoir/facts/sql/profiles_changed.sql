-- The nodes that are new or have moved.
-- grain: one row a node.
-- reads: profile_news
SELECT node_id, is_new FROM profile_news
