-- The counting equation, by spool: what became of all lines that ticks have taken.
-- grain: one row a spool
-- reads: fact.tick_counts
SELECT
    spool,
    max(to_offset)                      AS applied,
    sum(stored)::BIGINT                 AS stored,
    sum(refused)::BIGINT                AS refused,
    sum(consent_discarded)::BIGINT      AS consent_discarded,
    sum(duplicates)::BIGINT             AS duplicates
FROM fact.tick_counts
GROUP BY spool
