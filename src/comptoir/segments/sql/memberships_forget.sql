-- Take out all members of some segments.
-- grain: none.
-- reads: fact.memberships
-- param: segments VARCHAR[]
DELETE FROM fact.memberships WHERE segment IN (SELECT unnest($segments::VARCHAR[]))
