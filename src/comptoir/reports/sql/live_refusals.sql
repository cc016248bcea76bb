-- Why events were refused lately, those left out that were sent in again.
-- grain:  one row a reason
-- reads:  fact.failed
-- param:  since_at TIMESTAMP  from when on
-- param:  again VARCHAR[]  refused events that were sent in again
-- param:  brands VARCHAR[]  only these brands; none: every one
SELECT reason, count(*) AS times, max(received_at) AS last_at, list_sort(list_distinct(list(source))) AS sources
FROM fact.failed
WHERE received_at >= $since_at
    AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
    AND failed_id NOT IN (SELECT unnest(CAST($again AS VARCHAR[])))
GROUP BY reason
ORDER BY times DESC, reason
