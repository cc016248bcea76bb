-- Ticks write beside a checkpoint: DuckDB lets DELETE and INSERT pass meanwhile, but an UPDATE, or a row for a table with
-- an index, waits until it ends. So what ticks write has no index (they write each key once themselves), and no UPDATE.
CREATE TABLE fact.profile_of_free (
    node_id BIGINT NOT NULL, kind VARCHAR NOT NULL, value VARCHAR NOT NULL, profile_id VARCHAR
);
INSERT INTO fact.profile_of_free SELECT node_id, kind, value, profile_id FROM fact.profile_of ORDER BY node_id;
DROP TABLE fact.profile_of;
ALTER TABLE fact.profile_of_free RENAME TO profile_of;

CREATE TABLE fact.applied_free (spool VARCHAR NOT NULL, offset_after BIGINT NOT NULL, tick_id BIGINT NOT NULL);
INSERT INTO fact.applied_free SELECT spool, offset_after, tick_id FROM fact.applied;
DROP TABLE fact.applied;
ALTER TABLE fact.applied_free RENAME TO applied;

-- What a tick brought is handed on in memory, within its one transaction.
DROP TABLE fact.derived;
DROP TABLE fact.session_moves;
