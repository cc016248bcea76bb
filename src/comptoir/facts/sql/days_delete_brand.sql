-- Take out the days of a brand.
-- grain: none.
-- reads: fact.day_activity
-- param: brand VARCHAR
DELETE FROM fact.day_activity WHERE brand = $brand
