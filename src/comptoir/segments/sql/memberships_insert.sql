-- Take in who entered.
-- grain: one row a segment × profile.
-- reads: moving (segment, profile_id, entered_at)
INSERT INTO fact.memberships BY NAME SELECT segment, profile_id, entered_at, md5_number_lower(profile_id) AS profile_hash FROM moving
