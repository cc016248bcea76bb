-- Write the sessions that are new or touched.
-- grain: one row a session.
-- reads: islands (sessions as they are now)
INSERT INTO fact.sessions BY NAME SELECT * FROM islands
