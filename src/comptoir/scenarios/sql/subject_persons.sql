-- What subjects' people stated of themselves, latest statements last, and their phones.
-- grain:  one row a subject × statement (traits), or × phone
-- reads:  fact.profile_of, fact.contact_records, fact.events
-- param:  subject_ids BIGINT[]  subjects, in the order of node_ids
-- param:  node_ids BIGINT[]     the node each subject began with
WITH subjects AS (
    SELECT
        unnest($subject_ids::BIGINT[]) AS subject_id,
        unnest($node_ids::BIGINT[])    AS node_id
),

people AS (
    SELECT
        subjects.subject_id,
        mine.profile_id
    FROM subjects
    INNER JOIN fact.profile_of AS mine ON subjects.node_id = mine.node_id
    WHERE mine.profile_id IS NOT NULL
),

members AS (
    SELECT
        node_id,
        kind,
        value,
        profile_id
    FROM fact.profile_of
    WHERE profile_id IN (SELECT people.profile_id FROM people)
),

said AS (
    SELECT
        contacts.node_id,
        contacts.traits,
        contacts.occurred_at,
        contacts.message_id
    FROM fact.contact_records AS contacts
    WHERE contacts.node_id IN (SELECT members.node_id FROM members) AND contacts.traits <> '{}'
    UNION ALL
    SELECT
        events.node_id,
        events.traits,
        events.occurred_at,
        events.message_id
    FROM fact.events AS events
    WHERE
        events.type = 'identify' AND events.traits <> '{}' AND events.robot_reason IS NULL
        AND events.node_id IN (SELECT members.node_id FROM members)
),

latest AS (
    SELECT
        members.profile_id,
        said.traits,
        said.occurred_at,
        said.message_id
    FROM said
    INNER JOIN members ON said.node_id = members.node_id
    QUALIFY row_number() OVER (
        PARTITION BY members.profile_id ORDER BY said.occurred_at DESC, said.message_id DESC
    ) <= 50
)

SELECT
    people.subject_id,
    latest.traits,
    NULL::VARCHAR AS phone,
    latest.occurred_at,
    latest.message_id
FROM people
INNER JOIN latest ON people.profile_id = latest.profile_id
UNION ALL
SELECT
    people.subject_id,
    NULL,
    members.value,
    NULL,
    members.value
FROM people
INNER JOIN members ON people.profile_id = members.profile_id AND members.kind = 'phone'
ORDER BY 1, 4 NULLS FIRST, 5
