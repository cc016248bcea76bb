-- Where each address and number of a person came from: first, and latest.
-- grain:  one row a contact point
-- reads:  fact.contact_records, fact.events, fact.consents
-- param:  nodes BIGINT[]  the person's nodes
-- param:  brands VARCHAR[]  only these brands; none: every one
WITH stated AS (
    SELECT
        message_hash, brand, source, occurred_at, traits,
        coalesce(json_extract_string(traits, '$.form'), '') AS form,
        coalesce(json_extract_string(traits, '$.shop'), json_extract_string(traits, '$.store'), '') AS shop
    FROM fact.contact_records
    WHERE node_id IN (SELECT unnest(CAST($nodes AS BIGINT[])))
    UNION ALL
    SELECT
        message_hash, brand, source, occurred_at, traits,
        coalesce(json_extract_string(traits, '$.form'), path, '') AS form,
        coalesce(json_extract_string(traits, '$.shop'), json_extract_string(traits, '$.store'), '') AS shop
    FROM fact.events
    WHERE type = 'identify' AND robot_reason IS NULL AND node_id IN (SELECT unnest(CAST($nodes AS BIGINT[])))
),

contacts AS (
    SELECT 'email' AS kind, json_extract_string(traits, '$.email') AS value, message_hash, brand, source, form, shop, occurred_at
    FROM stated
    UNION ALL
    SELECT 'phone' AS kind, json_extract_string(traits, '$.phone') AS value, message_hash, brand, source, form, shop, occurred_at
    FROM stated
    UNION ALL
    SELECT contact_kind AS kind, contact AS value, message_hash, brand, source, 'consent' AS form, '' AS shop, occurred_at
    FROM fact.consents
    WHERE contact_kind IN ('email', 'phone') AND node_id IN (SELECT unnest(CAST($nodes AS BIGINT[])))
),

placed AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY kind, value ORDER BY occurred_at, message_hash) AS from_first,
        row_number() OVER (PARTITION BY kind, value ORDER BY occurred_at DESC, message_hash DESC) AS from_last
    FROM contacts
    WHERE value IS NOT NULL AND value <> ''
        AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
)

SELECT
    f.kind, f.value, f.source AS first_source, f.brand AS first_brand, f.form AS first_form, f.shop AS first_shop,
    f.occurred_at AS first_at, l.source AS last_source, l.brand AS last_brand, l.form AS last_form,
    l.shop AS last_shop, l.occurred_at AS last_at
FROM placed AS f
INNER JOIN placed AS l ON l.kind = f.kind AND l.value = f.value AND l.from_last = 1
WHERE f.from_first = 1
ORDER BY f.kind, f.value
