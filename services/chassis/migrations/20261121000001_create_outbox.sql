-- Events that were decided in a transaction and wait for the relay.
CREATE TABLE outbox (
    -- Order of publication; gaps and late commits are fine, nothing is read by watermark.
    position     bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pk PRIMARY KEY,
    -- CloudEvents id and Nats-Msg-Id.
    event_id     uuid        NOT NULL CONSTRAINT outbox_event_id_unique UNIQUE,
    -- CloudEvents type and NATS subject.
    event_type   text        NOT NULL,
    -- What the event speaks of; events of one aggregate are published in order.
    aggregate    text        NOT NULL,
    -- The payload, byte for byte as it will be sent.
    data         text        NOT NULL,
    -- W3C traceparent of the transaction that wrote the row.
    traceparent  text,
    created_at   timestamptz NOT NULL
);
