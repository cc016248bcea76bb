-- A refused event is sent in again through the dialect that refused it, by the route it came by.
ALTER TABLE fact.failed ADD COLUMN dialect VARCHAR;
ALTER TABLE fact.failed ADD COLUMN route VARCHAR;
