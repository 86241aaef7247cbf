CREATE TABLE returns (
    -- UUIDv7.
    return_id  uuid        CONSTRAINT returns_pk PRIMARY KEY,
    order_id   uuid        NOT NULL CONSTRAINT returns_order REFERENCES orders,
    user_id    uuid        NOT NULL,
    state      text        NOT NULL CONSTRAINT returns_state CHECK (state IN
        ('requested', 'refused', 'approved', 'received', 'refunding', 'refunded')),
    -- In the customer's words; '' when they were erased.
    reason     text        NOT NULL,
    -- What the shop answered.
    answer     text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX returns_order ON returns (order_id);
CREATE INDEX returns_state_newest ON returns (state, return_id DESC);
CREATE INDEX returns_user ON returns (user_id);

CREATE TABLE return_lines (
    return_id    uuid    NOT NULL CONSTRAINT return_lines_return REFERENCES returns,
    -- The line's place in the order.
    position     int     NOT NULL,
    -- Items as asked for, and as they arrived.
    quantity     int     NOT NULL CONSTRAINT return_lines_quantity CHECK (quantity > 0),
    received     int CONSTRAINT return_lines_received CHECK (received BETWEEN 0 AND quantity),
    -- Whether they can be sold again.
    restock      boolean NOT NULL DEFAULT false,
    -- What goes back for them.
    refund_minor bigint  NOT NULL DEFAULT 0 CONSTRAINT return_lines_refund CHECK (refund_minor >= 0),
    CONSTRAINT return_lines_pk PRIMARY KEY (return_id, position)
);

-- Money that payment is asked to give back. One that failed stays, and another is asked for.
CREATE TABLE refunds (
    -- UUIDv7.
    refund_id    uuid        CONSTRAINT refunds_pk PRIMARY KEY,
    order_id     uuid        NOT NULL CONSTRAINT refunds_order REFERENCES orders,
    return_id    uuid        NOT NULL CONSTRAINT refunds_return REFERENCES returns,
    amount_minor bigint      NOT NULL CONSTRAINT refunds_amount CHECK (amount_minor > 0),
    state        text        NOT NULL CONSTRAINT refunds_state CHECK (state IN ('requested', 'done', 'failed')),
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);

CREATE INDEX refunds_order ON refunds (order_id);
CREATE INDEX refunds_return ON refunds (return_id, refund_id DESC);
