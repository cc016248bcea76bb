-- Which segments the people that are asked about belong to.
-- grain: one row a segment × person.
-- reads: fact.memberships, touched_people (profile_id, place)
SELECT belonging.segment, touched.place
FROM fact.memberships AS belonging
INNER JOIN touched_people AS touched ON belonging.profile_hash = md5_number_lower(touched.profile_id)
