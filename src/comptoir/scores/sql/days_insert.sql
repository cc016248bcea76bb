-- Count how many people are of each label, or have a value within each stretch. Stretches begin at 1, 2 or 5 times a power
-- of ten, so that they are the same every day and days can be compared; days to come count from the day itself.
-- grain: one row a score and bucket
-- reads: standing (rows)
-- param: on DATE
-- param: dates VARCHAR[]  scores whose value is a day
INSERT INTO fact.score_days
WITH measured AS (
    SELECT
        score, brand, label,
        CASE WHEN list_contains($dates, score) THEN value - datediff('day', DATE '1970-01-01', $on) ELSE value END AS value
    FROM standing
),

scaled AS (
    SELECT
        score, brand, label, value,
        CASE WHEN value <> 0 THEN floor(log10(abs(value)) + 1e-9) END AS power
    FROM measured
    WHERE label IS NOT NULL OR value IS NOT NULL
)

SELECT
    score, brand, $on AS day,
    CASE
        WHEN label IS NOT NULL THEN label
        WHEN value = 0 THEN '0'
        ELSE format(
            '{:g}',
            sign(value)
            * CASE
                WHEN abs(value) / pow(10, power) >= 5 - 1e-9 THEN 5
                WHEN abs(value) / pow(10, power) >= 2 - 1e-9 THEN 2
                ELSE 1
            END * pow(10, power)
        )
    END AS bucket,
    count(*) AS people_count
FROM scaled
GROUP BY score, brand, bucket
