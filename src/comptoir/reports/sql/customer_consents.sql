-- Every word of a person on consent, newest first, with its proof.
-- grain:  one row a statement
-- reads:  fact.consents
-- param:  nodes BIGINT[]  the person's nodes
SELECT occurred_at, contact_kind, contact, purpose, channel, state, text_version, proof, source, brand, trust
FROM fact.consents
WHERE node_id IN (SELECT unnest($nodes))
ORDER BY occurred_at DESC, message_hash
LIMIT 200
