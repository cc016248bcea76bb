-- Each subject's person: the profile its node belongs to now, every e-mail address of it, and the language it stated last.
-- grain:  one row a subject × address (one row with NULL address where there is none)
-- reads:  fact.profile_of, fact.contact_records
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

languages AS (
    SELECT
        members.profile_id,
        max_by(
            coalesce(contacts.traits ->> '$.language', contacts.traits ->> '$.locale'),
            (contacts.occurred_at, contacts.message_id)
        ) AS language
    FROM fact.contact_records AS contacts
    INNER JOIN members ON contacts.node_id = members.node_id
    WHERE coalesce(contacts.traits ->> '$.language', contacts.traits ->> '$.locale') IS NOT NULL
    GROUP BY members.profile_id
)

SELECT
    people.subject_id,
    people.profile_id,
    addresses.value                                    AS email,
    lower(substr(languages.language, 1, 2))            AS language
FROM people
LEFT JOIN members AS addresses ON people.profile_id = addresses.profile_id AND addresses.kind = 'email'
LEFT JOIN languages ON people.profile_id = languages.profile_id
ORDER BY people.subject_id, addresses.value
