-- List whose score changed since an instant, the latest first.
-- grain: one row a change
-- reads: main.score_changes
-- param: score VARCHAR
-- param: brand VARCHAR
-- param: since_at TIMESTAMP
-- param: from_label VARCHAR  only from this label; empty for any
-- param: to_label VARCHAR    only to this label; empty for any
-- param: most BIGINT
SELECT *
FROM main.score_changes
WHERE
    score = $score AND brand = $brand AND as_of > $since_at AND profile_id IS NOT NULL
    AND ($from_label = '' OR from_label = $from_label) AND ($to_label = '' OR to_label = $to_label)
ORDER BY as_of DESC, profile_id
LIMIT $most
