-- Copy nodes that have moved.
-- grain: none.
-- reads: profile_news
UPDATE fact.profile_of SET profile_id = news.profile_id
FROM profile_news AS news
WHERE fact.profile_of.node_id = news.node_id AND NOT news.is_new
