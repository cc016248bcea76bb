-- Every word of a person on consent, newest first, with its proof.
-- grain:  one row a statement
-- reads:  fact.consents
-- param:  nodes BIGINT[]  the person's nodes
-- param:  brands VARCHAR[]  only these brands; none: every one
SELECT occurred_at, contact_kind, contact, purpose, channel, state, text_version, proof, source, brand, trust
FROM fact.consents
WHERE node_id IN (SELECT unnest(CAST($nodes AS BIGINT[])))
    AND (len(CAST($brands AS VARCHAR[])) = 0 OR list_contains(CAST($brands AS VARCHAR[]), brand))
ORDER BY occurred_at DESC, message_hash
LIMIT 200
