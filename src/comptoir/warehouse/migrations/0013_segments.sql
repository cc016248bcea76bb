-- Segments: who belongs, since when, who came and went; and the traits of people, which conditions ask.

-- One row a node × trait: the statement that counts, the latest of all sources. Derived from contact_records and events.
CREATE TABLE fact.traits (
    node_id     BIGINT         NOT NULL,
    name        VARCHAR        NOT NULL,
    said        VARCHAR[]      NOT NULL,  -- its texts: one, the items of a list, or none where nothing was stated
    number      DECIMAL(38, 9),           -- where it is one
    day         DATE,                     -- where it is one
    is_set      BOOLEAN        NOT NULL,
    occurred_at TIMESTAMP      NOT NULL,
    message_id  VARCHAR        NOT NULL
);

-- One row a segment × profile: who belongs now.
CREATE TABLE fact.memberships (
    segment VARCHAR NOT NULL, profile_id VARCHAR NOT NULL, entered_at TIMESTAMP NOT NULL,
    profile_hash UBIGINT  -- md5_number_lower(profile_id): a tick looks for numbers several times as fast as for names
);

-- One row a time somebody entered or left a segment.
CREATE TABLE fact.membership_changes (
    tick_id    BIGINT    NOT NULL,
    segment    VARCHAR   NOT NULL,
    profile_id VARCHAR   NOT NULL,
    change     VARCHAR   NOT NULL,  -- entered | exited
    "at"       TIMESTAMP NOT NULL,  -- the tick's now
    happens    BOOLEAN   NOT NULL   -- scenarios hear of it; not of the first filling, history, or what a join or cut did
);

-- One row a segment that is followed: which version, as of when, and how many belong.
CREATE TABLE fact.segment_states (
    segment VARCHAR NOT NULL, version BIGINT NOT NULL,  -- of the question as it was compiled; 0 while it is paused
    asked_at TIMESTAMP NOT NULL, members BIGINT NOT NULL
);

-- One row a segment × day (UTC) on which it was followed: how many belonged at its end.
CREATE TABLE fact.segment_counts (segment VARCHAR NOT NULL, day DATE NOT NULL, members BIGINT NOT NULL);

-- One row a person whom the next tick asks anew, joined or cut by hand between two ticks; or, as `*scores`, what has been
-- written outside ticks: segments that look at it are asked anew in full.
CREATE TABLE fact.membership_due (profile_id VARCHAR NOT NULL, former VARCHAR NOT NULL);

INSERT INTO fact.traits BY NAME
WITH stated AS (
    SELECT node_id, traits, occurred_at, message_id
    FROM fact.contact_records
    WHERE traits <> '{}' AND node_id <> 0
    UNION ALL
    SELECT node_id, traits, occurred_at, message_id
    FROM fact.events
    WHERE type = 'identify' AND traits <> '{}' AND robot_reason IS NULL AND node_id <> 0
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
    CASE WHEN type = 'VARCHAR' THEN try_cast(json_extract_string(value, '$') AS DATE) END AS day,
    value::VARCHAR NOT IN ('null', '""', '[]', '{}') AS is_set,
    occurred_at, message_id
FROM latest;
