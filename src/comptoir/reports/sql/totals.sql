-- The counting equation, by spool: what became of all lines that ticks have taken; the reasons of both spools in each
-- row, so that one statement, and so one moment, tells it all.
-- grain: one row a spool
-- reads: fact.tick_counts, fact.failed
SELECT
    spool,
    max(to_offset)                      AS applied,
    sum(stored)::BIGINT                 AS stored,
    sum(refused)::BIGINT                AS refused,
    sum(consent_discarded)::BIGINT      AS consent_discarded,
    sum(duplicates)::BIGINT             AS duplicates,
    (
        SELECT map_from_entries(list(row(reason, refused)))
        FROM (SELECT reason, count(*) AS refused FROM fact.failed GROUP BY reason)
    )                                   AS refused_by_reason
FROM fact.tick_counts
GROUP BY spool
