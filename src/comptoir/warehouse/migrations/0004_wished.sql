-- When a message was wished for: the instant at which its person was drawn into an arm, from which both arms are counted
-- alike. A message of a treated person may be decided hours later, after waiting for room.
ALTER TABLE fact.message_records ADD COLUMN wished_at TIMESTAMP;

CREATE OR REPLACE VIEW main.messages AS
SELECT
    records.message_id, records.outcome, records.reason, records.scenario, records.scenario_version, records.step,
    records.enrollment_id, records.brand, records.channel, records.contact, records.node_id, profiles.profile_id,
    records.cart_id, records.occurred_at AS decided_at, coalesce(records.wished_at, records.occurred_at) AS wished_at
FROM fact.message_records AS records
LEFT JOIN fact.person_of AS profiles ON records.node_id = profiles.node_id;
