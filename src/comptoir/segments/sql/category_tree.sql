-- The tree of categories as the catalogues have it now.
-- grain:  one row a category of a brand
-- reads:  categories
SELECT category_id, coalesce(name, category_id) AS name, parent_id
FROM categories
ORDER BY brand, category_id
