-- How many messages people got in a week, beside what they bought in it and how many of them had enough.
-- grain:  one row a number of messages × currency ('' where nothing was bought)
-- reads:  messages, deliveries, revenue
-- param:  since_at TIMESTAMP  weeks from this instant on, each of seven days
-- param:  until_at TIMESTAMP  and before this one
-- param:  brands VARCHAR[]    these brands; none for every brand
-- param:  most INTEGER        so many messages or more are one row
WITH sent AS (
    SELECT
        message_id,
        coalesce(profile_id, 'node ' || node_id)             AS person,
        floor(date_diff('second', $since_at, decided_at) / 604800)::INTEGER AS week
    FROM messages
    WHERE
        outcome = 'sent'
        AND decided_at >= $since_at
        AND decided_at < $until_at
        AND (len($brands) = 0 OR list_contains($brands, brand))
),

tired AS (
    SELECT DISTINCT message_id
    FROM deliveries
    WHERE kind IN ('unsubscribed', 'complained') AND occurred_at >= $since_at
),

weeks AS (
    SELECT
        sent.person,
        sent.week,
        least(count(*), $most)::INTEGER     AS message_count,
        count(tired.message_id) > 0         AS is_tired
    FROM sent
    LEFT JOIN tired ON sent.message_id = tired.message_id
    GROUP BY sent.person, sent.week
),

bought AS (
    SELECT
        coalesce(profile_id, 'node ' || node_id)             AS person,
        floor(date_diff('second', $since_at, occurred_at) / 604800)::INTEGER AS week,
        currency,
        sum(amount_minor)                                    AS amount_minor
    FROM revenue
    WHERE
        occurred_at >= $since_at
        AND occurred_at < $until_at
        AND (len($brands) = 0 OR list_contains($brands, brand))
    GROUP BY person, week, currency
),

counted AS (
    SELECT
        message_count,
        count(*)           AS person_weeks,
        count_if(is_tired) AS tired_count
    FROM weeks
    GROUP BY message_count
),

worth AS (
    SELECT
        weeks.message_count,
        bought.currency,
        sum(bought.amount_minor)::BIGINT AS amount_minor
    FROM weeks
    INNER JOIN bought ON weeks.person = bought.person AND weeks.week = bought.week
    GROUP BY weeks.message_count, bought.currency
)

SELECT
    counted.message_count,
    counted.person_weeks,
    counted.tired_count,
    coalesce(worth.currency, '')    AS currency,
    coalesce(worth.amount_minor, 0) AS amount_minor
FROM counted
LEFT JOIN worth ON counted.message_count = worth.message_count
ORDER BY counted.message_count, currency
