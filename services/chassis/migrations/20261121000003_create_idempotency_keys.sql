-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency_keys (
    -- Who sent it; keys of different callers never meet.
    caller       text        NOT NULL,
    key          text        NOT NULL,
    -- SHA-256 of method, path and body.
    fingerprint  bytea       NOT NULL,
    status       smallint    NOT NULL,
    body         text        NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pk PRIMARY KEY (caller, key)
);

CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
