-- The category tree.
-- grain: one row a category of a brand.
-- reads: categories
SELECT DISTINCT category_id, name, parent_id FROM main.categories ORDER BY category_id, name, parent_id
