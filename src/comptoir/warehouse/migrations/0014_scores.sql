-- Scores: what each is for each person of each brand, what moved, and how the people were spread, night by night.

-- One row a score, brand and person, as of the last run. `node_id` is one of the person's nodes: the row counts as long as
-- that node is still theirs, so of two people who were joined one row stands.
CREATE TABLE fact.scores (
    score      VARCHAR   NOT NULL,
    brand      VARCHAR   NOT NULL,
    profile_id VARCHAR   NOT NULL,
    node_id    BIGINT    NOT NULL,
    value      DOUBLE,
    label      VARCHAR,             -- the kind of customer, where the score names kinds
    top_share  DOUBLE,              -- 0 to 1: the share of people with a better value, 0 is the best
    since      DATE,                -- since when the label is this one
    as_of      TIMESTAMP NOT NULL   -- facts from then on were not looked at
);

-- One row a change of a label, or of a tenth, that a night found: append-only.
CREATE TABLE fact.score_changes (
    change_id  BIGINT    NOT NULL,  -- from 1, in the order they were written
    score      VARCHAR   NOT NULL,
    brand      VARCHAR   NOT NULL,
    profile_id VARCHAR   NOT NULL,
    node_id    BIGINT    NOT NULL,
    from_label VARCHAR,             -- empty where the person had no score before
    to_label   VARCHAR,             -- empty where the person has none any more
    from_tenth TINYINT,             -- 1 is the best tenth
    to_tenth   TINYINT,
    from_value DOUBLE,
    to_value   DOUBLE,
    is_told    BOOLEAN   NOT NULL,  -- scenarios hear of it
    as_of      TIMESTAMP NOT NULL
);

-- One row a score, brand, day and stretch of values (or label): how many people were in it.
CREATE TABLE fact.score_days (
    score        VARCHAR NOT NULL,
    brand        VARCHAR NOT NULL,
    day          DATE    NOT NULL,  -- in the brand's zone
    bucket       VARCHAR NOT NULL,  -- a label, or the lower end of a stretch of values
    people_count BIGINT  NOT NULL
);

-- One row a run of a plug-in for a brand: append-only.
CREATE TABLE fact.score_runs (
    run_id       BIGINT    NOT NULL,
    plugin       VARCHAR   NOT NULL,
    brand        VARCHAR   NOT NULL,
    as_of        TIMESTAMP NOT NULL,
    ran_at       TIMESTAMP NOT NULL,
    state        VARCHAR   NOT NULL,  -- done | not_enough | failed
    people_count BIGINT    NOT NULL,
    change_count BIGINT    NOT NULL,
    report       VARCHAR   NOT NULL   -- JSON: figures of the run, what is missing, or what went wrong
);

-- One row a plug-in and brand: the model that its last run fitted.
CREATE TABLE fact.score_artifacts (plugin VARCHAR NOT NULL, brand VARCHAR NOT NULL, as_of TIMESTAMP NOT NULL, artifact BLOB NOT NULL);

-- One row a brand, person and category they are drawn to: parents of a category among them.
CREATE TABLE fact.affinities (
    brand      VARCHAR   NOT NULL,
    profile_id VARCHAR   NOT NULL,
    node_id    BIGINT    NOT NULL,
    category   VARCHAR   NOT NULL,  -- the path from the root, parts joined by ' / '
    value      DOUBLE    NOT NULL,  -- interest: weights of actions, halved every half-life
    lift       DOUBLE    NOT NULL,  -- how many times the share that this category has in everybody's interest
    as_of      TIMESTAMP NOT NULL
);

-- One row a score, brand and person, as people are now.
CREATE VIEW main.scores AS
SELECT
    scores.score, scores.brand, scores.profile_id, scores.value, scores.label, scores.top_share, scores.since, scores.as_of
FROM fact.scores AS scores
SEMI JOIN fact.profile_of AS nodes ON scores.node_id = nodes.node_id AND scores.profile_id = nodes.profile_id;

-- One row a change of a score that a night found.
CREATE VIEW main.score_changes AS
SELECT
    changes.score, changes.brand, profiles.profile_id, changes.from_label, changes.to_label, changes.from_tenth,
    changes.to_tenth, changes.from_value, changes.to_value, changes.as_of
FROM fact.score_changes AS changes
LEFT JOIN fact.person_of AS profiles ON changes.node_id = profiles.node_id;

-- One row a brand, person and category they are drawn to.
CREATE VIEW main.affinities AS
SELECT affinities.brand, affinities.profile_id, affinities.category, affinities.value, affinities.lift, affinities.as_of
FROM fact.affinities AS affinities
SEMI JOIN fact.profile_of AS nodes ON affinities.node_id = nodes.node_id AND affinities.profile_id = nodes.profile_id;

-- ── what each role reads: the figures of `gold` may be margins, which are finance's; support reads kinds, no money ──

CREATE VIEW marketing.scores AS
SELECT * REPLACE (CASE WHEN score = 'gold' THEN NULL ELSE value END AS value) FROM main.scores WHERE fact.may_read(brand);

CREATE VIEW marketing.score_changes AS
SELECT
    * REPLACE (
        CASE WHEN score = 'gold' THEN NULL ELSE from_value END AS from_value,
        CASE WHEN score = 'gold' THEN NULL ELSE to_value END AS to_value
    )
FROM main.score_changes
WHERE fact.may_read(brand);

CREATE VIEW marketing.affinities AS SELECT * FROM main.affinities WHERE fact.may_read(brand);

CREATE VIEW finance.scores AS SELECT * FROM main.scores WHERE false;

CREATE VIEW finance.score_changes AS SELECT * FROM main.score_changes WHERE false;

CREATE VIEW finance.affinities AS SELECT * FROM main.affinities WHERE false;

CREATE VIEW support.scores AS
SELECT * REPLACE (NULL::DOUBLE AS value) FROM main.scores WHERE fact.may_read(brand);

CREATE VIEW support.score_changes AS
SELECT * REPLACE (NULL::DOUBLE AS from_value, NULL::DOUBLE AS to_value) FROM main.score_changes WHERE fact.may_read(brand);

CREATE VIEW support.affinities AS SELECT * FROM main.affinities WHERE fact.may_read(brand);

CREATE VIEW brand_admin.scores AS SELECT * FROM main.scores WHERE fact.may_read(brand);

CREATE VIEW brand_admin.score_changes AS SELECT * FROM main.score_changes WHERE fact.may_read(brand);

CREATE VIEW brand_admin.affinities AS SELECT * FROM main.affinities WHERE fact.may_read(brand);
