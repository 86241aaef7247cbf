-- What providers sent us: stored first, worked on afterwards.
CREATE TABLE webhooks (
    provider    text        NOT NULL,
    -- The provider's id of it: a repeat is dropped.
    event_id    text        NOT NULL,
    -- The payment it speaks of.
    payment_id  uuid        NOT NULL,
    -- Byte for byte as it came.
    body        bytea       NOT NULL,
    received_at timestamptz NOT NULL,
    -- The next try to work on it.
    due_at      timestamptz NOT NULL,
    tries       int         NOT NULL DEFAULT 0,
    done_at     timestamptz,
    -- What came of it.
    outcome     text,
    CONSTRAINT webhooks_pk PRIMARY KEY (provider, event_id)
);

CREATE INDEX webhooks_due ON webhooks (due_at) WHERE done_at IS NULL;
