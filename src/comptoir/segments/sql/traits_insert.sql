-- Keep what stands of people's traits, as texts, as a number and as a date.
-- A date beyond the years of calendars is none: years cannot be added to it, and anybody may state one.
-- grain: one row a person (by the founder's node) × trait.
-- reads: stood (node_id, name, value, occurred_at, message_id)
INSERT INTO fact.traits BY NAME
WITH typed AS (SELECT stood.*, json_type(value) AS type, json_extract_string(value, '$') AS text FROM stood)

SELECT
    node_id, name,
    CASE
        WHEN type = 'ARRAY' THEN json_extract_string(value, '$[*]')
        WHEN type IN ('OBJECT', 'NULL') THEN []::VARCHAR[]
        ELSE [text]
    END AS said,
    CASE WHEN type NOT IN ('ARRAY', 'OBJECT', 'NULL', 'BOOLEAN') THEN try_cast(text AS DECIMAL(38, 9)) END AS number,
    CASE
        WHEN type = 'VARCHAR' AND try_cast(text AS DATE) BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'
            THEN try_cast(text AS DATE)
    END AS day,
    value NOT IN ('null', '""', '[]', '{}') AS is_set,
    make_timestamp(occurred_at) AS occurred_at, message_id
FROM typed
