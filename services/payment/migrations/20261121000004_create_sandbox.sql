-- The books of the sandbox provider, which stands for a company elsewhere: nothing but its adapter reads or writes them.
CREATE TABLE sandbox_payments (
    payment_id   uuid        CONSTRAINT sandbox_payments_pk PRIMARY KEY,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    status       text        NOT NULL CONSTRAINT sandbox_payments_status CHECK (status IN
        ('pending', 'succeeded', 'failed', 'voided')),
    -- Why it failed.
    reason       text,
    -- Whether the customer pays on a page of the sandbox.
    by_redirect  boolean     NOT NULL,
    updated_at   timestamptz NOT NULL
);

CREATE TABLE sandbox_refunds (
    -- The idempotency key that came with it.
    attempt_id   uuid        CONSTRAINT sandbox_refunds_pk PRIMARY KEY,
    payment_id   uuid        NOT NULL CONSTRAINT sandbox_refunds_payment REFERENCES sandbox_payments,
    amount_minor bigint      NOT NULL CONSTRAINT sandbox_refunds_positive CHECK (amount_minor > 0),
    created_at   timestamptz NOT NULL
);

CREATE INDEX sandbox_refunds_payment ON sandbox_refunds (payment_id);
