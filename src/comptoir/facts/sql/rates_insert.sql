-- Write rates for every day: that of the day itself, else the last one published in the seven days before.
-- grain: one row a day, currency and currency it is turned into.
-- reads: published (rates as they stand in the file)
INSERT INTO fact.fx_rates
WITH followed AS (
    SELECT
        *,
        lead(rate_on) OVER (PARTITION BY currency, into_currency ORDER BY rate_on) AS next_on
    FROM published
)

SELECT CAST(filled.day AS DATE) AS day, currency, into_currency, rate_on, factor
FROM followed
CROSS JOIN LATERAL unnest(generate_series(
    CAST(rate_on AS TIMESTAMP),
    CAST(least(coalesce(next_on - 1, rate_on + 7), rate_on + 7) AS TIMESTAMP),
    INTERVAL 1 DAY
)) AS filled (day)
ORDER BY into_currency, currency, day
