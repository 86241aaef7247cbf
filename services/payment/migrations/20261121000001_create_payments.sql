CREATE TABLE payments (
    -- UUIDv7; also our reference at the provider.
    payment_id      uuid        CONSTRAINT payments_pk PRIMARY KEY,
    -- One payment an order.
    order_id        uuid        NOT NULL CONSTRAINT payments_order_unique UNIQUE,
    user_id         uuid        NOT NULL,
    provider        text        NOT NULL,
    -- The provider's token for the customer's means of payment; never shown.
    token           text,
    -- ISO 4217; every amount of the payment is in it.
    currency        text        NOT NULL,
    amount_minor    bigint      NOT NULL CONSTRAINT payments_amount_positive CHECK (amount_minor > 0),
    state           text        NOT NULL CONSTRAINT payments_state CHECK (state IN
        ('opening', 'pending', 'succeeded', 'refunded', 'failed', 'expired', 'cancelled')),
    -- Why it is being brought to an end, while it is or when it was.
    closing         text        CONSTRAINT payments_closing CHECK (closing IN ('cancel', 'expire')),
    -- All or nothing of the amount.
    captured_minor  bigint      NOT NULL
        CONSTRAINT payments_captured CHECK (captured_minor IN (0, amount_minor)),
    -- Refunds that are decided but not yet done.
    refunding_minor bigint      NOT NULL CONSTRAINT payments_refunding CHECK (refunding_minor >= 0),
    refunded_minor  bigint      NOT NULL CONSTRAINT payments_refunded CHECK (refunded_minor >= 0),
    -- What the customer has to do, while it is pending.
    next_action     jsonb,
    -- Why it failed, in a word.
    failure         text,
    -- A pending payment is ended then.
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT payments_never_back_more_than_in CHECK (refunding_minor + refunded_minor <= captured_minor)
);

-- The expiry job.
CREATE INDEX payments_expiry ON payments (expires_at) WHERE state = 'pending' AND closing IS NULL;

-- Calls to providers: written before the call, marked after its answer. One that is neither was left between.
CREATE TABLE attempts (
    -- The provider's idempotency key.
    attempt_id   uuid        CONSTRAINT attempts_pk PRIMARY KEY,
    payment_id   uuid        NOT NULL CONSTRAINT attempts_payment REFERENCES payments,
    kind         text        NOT NULL CONSTRAINT attempts_kind CHECK (kind IN ('open', 'void', 'refund')),
    -- What goes back; set for refunds alone.
    amount_minor bigint      CONSTRAINT attempts_amount CHECK ((amount_minor IS NOT NULL) = (kind = 'refund')),
    -- Why, in the words of who asked.
    reason       text        NOT NULL,
    state        text        NOT NULL CONSTRAINT attempts_state CHECK (state IN ('started', 'done')),
    -- Calls made so far; more than one means that an answer was lost.
    tries        int         NOT NULL DEFAULT 0,
    -- The next call is made then; while one is under way, when it counts as lost.
    due_at       timestamptz NOT NULL,
    -- What the provider said, or why the last call failed.
    answer       text,
    created_at   timestamptz NOT NULL,
    done_at      timestamptz
);

CREATE INDEX attempts_payment ON attempts (payment_id);
CREATE INDEX attempts_due ON attempts (due_at) WHERE state = 'started';

-- Orders that were cancelled before a payment was opened: none is opened any more.
CREATE TABLE cancelled_orders (
    order_id     uuid        CONSTRAINT cancelled_orders_pk PRIMARY KEY,
    cancelled_at timestamptz NOT NULL
);
