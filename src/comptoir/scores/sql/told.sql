-- List the changes that scenarios have not heard of yet, the earliest first. A value counts from the one they heard of last,
-- so that none passes a line unheard.
-- grain: one row a change
-- reads: fact.score_changes, fact.profile_of
-- param: after BIGINT  the last change that was heard
-- param: most BIGINT
WITH news AS (
    SELECT changes.*, nodes.profile_id AS person
    FROM fact.score_changes AS changes
    INNER JOIN fact.profile_of AS nodes ON changes.node_id = nodes.node_id
    WHERE changes.change_id > $after AND changes.is_told AND nodes.profile_id IS NOT NULL
    ORDER BY changes.change_id
    LIMIT $most
),

heard AS (
    SELECT news.change_id, arg_max(former.to_value, former.change_id) AS value
    FROM news
    INNER JOIN fact.score_changes AS former
        ON
            news.score = former.score AND news.brand = former.brand AND news.node_id = former.node_id
            AND news.change_id > former.change_id
    WHERE former.is_told
    GROUP BY news.change_id
)

SELECT
    news.change_id, news.score, news.brand, news.node_id, news.person AS profile_id, news.from_label, news.to_label,
    coalesce(heard.value, news.from_value) AS from_value, news.to_value
FROM news
LEFT JOIN heard ON news.change_id = heard.change_id
ORDER BY news.change_id
