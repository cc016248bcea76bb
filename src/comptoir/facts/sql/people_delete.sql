-- Take out people who are written again, or are nobody any more.
-- grain: none.
-- reads: fact.people
-- param: people BIGINT[]
DELETE FROM fact.people WHERE person IN (SELECT unnest($people::BIGINT[]))
