-- One row a line that was a fact until its person was erased: sent again, it is still known. It says nothing of anybody.
CREATE TABLE fact.erased_lines (
    tick_id BIGINT NOT NULL, message_hash BIGINT NOT NULL, body_hash BIGINT NOT NULL, received_at TIMESTAMP NOT NULL,
    historical BOOLEAN NOT NULL
);
