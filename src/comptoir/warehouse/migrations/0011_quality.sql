-- What became of the fields of people: each value that was changed, doubted or refused, and how many had which grade.

-- One row a statement (event or imported row) and field that was rewritten, corrected, doubted or refused.
CREATE TABLE fact.field_grades (
    tick_id      BIGINT    NOT NULL,
    message_id   VARCHAR   NOT NULL,
    message_hash BIGINT    NOT NULL,
    brand        VARCHAR   NOT NULL,
    source       VARCHAR   NOT NULL,
    trust        VARCHAR   NOT NULL,
    node_id      BIGINT    NOT NULL,
    field        VARCHAR   NOT NULL,  -- email | phone | last_name …: the kind of field
    name         VARCHAR   NOT NULL,  -- the trait's own name
    grade        VARCHAR   NOT NULL,  -- valid (rewritten only) | corrected | doubtful | refused
    reasons      VARCHAR   NOT NULL,  -- separated by a blank
    original     VARCHAR   NOT NULL,  -- as it came, to the letter
    value        VARCHAR   NOT NULL,  -- as it is used; empty where refused
    proposal     VARCHAR   NOT NULL,  -- a better guess that was not applied
    detail       VARCHAR   NOT NULL,
    import_id    VARCHAR,
    row_number   BIGINT,
    occurred_at  TIMESTAMP NOT NULL,
    received_at  TIMESTAMP NOT NULL
);

-- One row a brand, source, kind of statement, field, grade and day; field '' counts the statements themselves.
CREATE TABLE fact.field_counts (
    brand VARCHAR NOT NULL, source VARCHAR NOT NULL, kind VARCHAR NOT NULL, field VARCHAR NOT NULL,
    grade VARCHAR NOT NULL, received_on DATE NOT NULL, value_count BIGINT NOT NULL, last_at TIMESTAMP NOT NULL
);
