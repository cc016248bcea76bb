-- What people stated of themselves in some ticks: for each trait the statement that counts.
-- A date beyond the years of calendars is none: years cannot be added to it, and anybody may state one.
-- grain: one row a node × trait.
-- reads: fact.contact_records, fact.events
-- param: first BIGINT, the first tick
-- param: last BIGINT, the last tick
WITH stated AS (
    SELECT node_id, traits, occurred_at, message_id
    FROM fact.contact_records
    WHERE tick_id BETWEEN $first AND $last AND traits <> '{}' AND node_id <> 0
    UNION ALL
    SELECT node_id, traits, occurred_at, message_id
    FROM fact.events
    WHERE
        tick_id BETWEEN $first AND $last AND type = 'identify' AND traits <> '{}' AND robot_reason IS NULL
        AND node_id <> 0
),

latest AS (
    SELECT stated.node_id, each.key AS name, each.type, each.value, stated.occurred_at, stated.message_id
    FROM stated, json_each(stated.traits) AS each
    QUALIFY row_number() OVER (
        PARTITION BY stated.node_id, each.key ORDER BY stated.occurred_at DESC, stated.message_id DESC
    ) = 1
)

SELECT
    node_id, name,
    CASE
        WHEN type = 'ARRAY' THEN json_extract_string(value, '$[*]')
        WHEN type IN ('OBJECT', 'NULL') THEN []::VARCHAR[]
        ELSE [json_extract_string(value, '$')]
    END AS said,
    CASE WHEN type NOT IN ('ARRAY', 'OBJECT', 'NULL', 'BOOLEAN') THEN
        try_cast(json_extract_string(value, '$') AS DECIMAL(38, 9)) END AS number,
    CASE
        WHEN
            type = 'VARCHAR'
            AND try_cast(json_extract_string(value, '$') AS DATE) BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'
            THEN try_cast(json_extract_string(value, '$') AS DATE)
    END AS day,
    value::VARCHAR NOT IN ('null', '""', '[]', '{}') AS is_set,
    occurred_at, message_id
FROM latest
