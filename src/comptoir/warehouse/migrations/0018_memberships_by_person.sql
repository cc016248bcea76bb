-- Somebody's segments are looked for by the number of the name alone: rows of before that column had none.
UPDATE fact.memberships SET profile_hash = md5_number_lower(profile_id) WHERE profile_hash IS NULL;
