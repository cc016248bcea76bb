SELECT count(*) FROM events

select count(*) from Events;

SELECT name, count(*) AS times FROM events WHERE source = 'site' GROUP BY name ORDER BY times DESC LIMIT 10

SELECT DISTINCT profile_id FROM events WHERE name IN ('Product Viewed', 'Product Added')

SELECT properties->>'$.price' FROM events

SELECT (properties->>'$.price')::DECIMAL(18, 6) AS price FROM events WHERE properties->>'$.currency' = 'EUR'

SELECT json_extract_string(properties, '$.product_id') FROM events

SELECT json_extract(properties, '$.products[*].sku') FROM events

SELECT e.name, p.value ->> 'sku' FROM events AS e, json_each(e.properties, '$.products') AS p

SELECT date_trunc('day', occurred_at) AS day, count(DISTINCT profile_id) FROM events GROUP BY 1 ORDER BY 1

SELECT extract(hour FROM occurred_at) AS hour, count(*) FROM events GROUP BY ALL

SELECT occurred_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Paris' FROM events

SELECT * FROM orders WHERE ordered_at >= TIMESTAMP '2019-10-01' AND ordered_at < DATE '2019-10-02'

SELECT * FROM orders WHERE ordered_at > now() - INTERVAL 7 DAY

SELECT * FROM orders WHERE ordered_at::DATE = current_date

SELECT sum(amount_minor) / 100 AS euros, currency FROM revenue_ledger GROUP BY currency HAVING sum(amount_minor) > 0

SELECT sum(amount_minor) FILTER (WHERE kind = 'return') FROM main.revenue_ledger

SELECT quantile_cont(amount_minor, 0.9), median(amount_minor), mode(currency) FROM orders

SELECT approx_count_distinct(profile_id), approx_quantile(amount_minor, [0.5, 0.9]) FROM orders

SELECT list(product_id ORDER BY added_at), string_agg(DISTINCT product_id, ', ') FROM cart_lines GROUP BY cart_key

SELECT arg_max(channel, occurred_at), any_value(source) FROM events GROUP BY profile_id

SELECT order_id, row_number() OVER (PARTITION BY profile_id ORDER BY ordered_at) AS nth FROM orders QUALIFY nth = 1

SELECT *, lag(occurred_at) OVER w AS before FROM events WINDOW w AS (PARTITION BY profile_id ORDER BY occurred_at)

SELECT avg(amount_minor) OVER (ORDER BY ordered_at ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM orders

WITH buyers AS (SELECT DISTINCT profile_id FROM orders) SELECT count(*) FROM sessions SEMI JOIN buyers USING (profile_id)

WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM a, b

WITH RECURSIVE days AS (SELECT DATE '2019-10-01' AS day UNION ALL SELECT day + 1 FROM days WHERE day < DATE '2019-11-01') SELECT * FROM days

SELECT * FROM events UNION ALL SELECT * FROM events_all

SELECT product_id FROM cart_lines EXCEPT SELECT product_id FROM order_lines INTERSECT SELECT product_id FROM products

SELECT c.cart_key FROM carts c LEFT JOIN orders o ON o.cart_key = c.cart_key WHERE o.order_key IS NULL

SELECT count(*) FROM carts WHERE NOT EXISTS (SELECT 1 FROM orders WHERE orders.cart_key = carts.cart_key)

SELECT (SELECT max(ordered_at) FROM orders o WHERE o.profile_id = s.profile_id) FROM sessions s

SELECT CASE WHEN amount_minor > 10000 THEN 'large' WHEN amount_minor IS NULL THEN NULL ELSE 'small' END FROM orders

SELECT coalesce(channel, 'direct'), nullif(country, ''), if(amount_minor > 0, 1, 0), greatest(1, 2) FROM orders

SELECT lower(trim(name)), upper(name), split_part(url, '/', 3), regexp_extract(url, 'https?://([^/]+)', 1) FROM products

SELECT * FROM events WHERE name LIKE 'Product%' AND url ILIKE '%sale%' AND name NOT SIMILAR TO 'Order.*'

SELECT strftime(ordered_at, '%Y-%m'), strptime('2019-10-01', '%Y-%m-%d'), epoch(ordered_at) FROM orders

SELECT date_diff('minute', opened_at, ordered_at), age(ordered_at, opened_at) FROM carts WHERE state = 'ordered'

SELECT u.x FROM (SELECT unnest([1, 2, 3]) AS x) AS u

SELECT day FROM generate_series(DATE '2019-10-01', DATE '2019-10-31', INTERVAL 1 DAY) AS d(day)

SELECT range FROM range(10)

SELECT list_transform([1, 2], lambda x: x + 1), list_filter([1, 2], lambda x: x > 1), [y * 2 FOR y IN [1, 2] IF y > 1]

SELECT {'a': 1, 'b': 'x'}, MAP {'k': 1}, [1, 2][1], struct_pack(a := 1).a

SELECT round(amount_minor / 100.0, 2), abs(-1), 7 // 2, 7 % 2, 2 ** 3, floor(1.5), ln(10), sqrt(2) FROM orders

SELECT TRY_CAST(properties->>'$.n' AS BIGINT), CAST('1' AS INTEGER), '1'::HUGEINT, 'x'::VARCHAR FROM events

SELECT * EXCLUDE (properties) REPLACE (lower(name) AS name) FROM events LIMIT 100 OFFSET 20

SELECT COLUMNS('.*_at') FROM carts

FROM orders SELECT order_id WHERE currency = 'EUR'

FROM sessions

SELECT brand, currency, sum(amount_minor) FROM orders GROUP BY GROUPING SETS ((brand), (currency), ())

SELECT brand, country, grouping(brand), count(*) FROM orders GROUP BY CUBE (brand, country)

SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(n, s)

SELECT * FROM events USING SAMPLE 10%

SELECT * FROM orders o, LATERAL (SELECT count(*) AS n FROM order_lines l WHERE l.order_key = o.order_key) AS x

SELECT * FROM touchpoints ASOF JOIN orders ON touchpoints.profile_id = orders.profile_id AND touchpoints.occurred_at <= orders.ordered_at

SELECT TRUE, FALSE, NULL, 1.5e3, -2, 'it''s', 'a' || 'b', 1 BETWEEN 0 AND 2, NOT TRUE, 1 IS DISTINCT FROM NULL

-- how many?
SELECT /* all */ count(*) FROM events -- done

SELECT 'read_csv(''x'')', '; DROP TABLE events; --' FROM events

SELECT "name" AS "read_csv" FROM "events" AS "my table"

SELECT time_bucket(INTERVAL '15 minutes', occurred_at), count(*) FROM events GROUP BY 1

SELECT histogram(currency), count_if(amount_minor > 0), bool_and(trust = 'confirmed'), corr(1, 2), stddev(1) FROM orders

SELECT md5(profile_id), hash(profile_id), sha256('x') FROM sessions

SELECT any_value(x) FROM (PIVOT orders ON currency IN ('EUR', 'GBP') USING sum(amount_minor) GROUP BY brand) AS p(brand, x, y)

SELECT 1 WHERE 1 = ANY (SELECT 1) AND 2 > ALL (SELECT 1) AND 1 IN (1, 2)
