-- Whose orders were derived again: everybody who ever spoke of them.
-- grain: one row a node.
-- reads: fact.commerce
-- param: orders UBIGINT[]
SELECT DISTINCT node_id FROM fact.commerce WHERE order_hash IN (SELECT unnest($orders::UBIGINT[])) AND node_id <> 0
