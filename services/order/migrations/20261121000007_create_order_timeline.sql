-- What happened around an order beside its transitions: events of other services that moved it to no other state, notes
-- of staff, returns and refunds. Only added to; words of people are erased with them.
CREATE TABLE order_timeline (
    -- UUIDv7: in the order of time.
    entry_id uuid        CONSTRAINT order_timeline_pk PRIMARY KEY,
    order_id uuid        NOT NULL CONSTRAINT order_timeline_order REFERENCES orders,
    kind     text        NOT NULL CONSTRAINT order_timeline_kind CHECK (kind IN ('heard', 'note', 'return', 'refund')),
    -- Who: customer, staff, admin, or the service whose event it was.
    actor    text        NOT NULL,
    -- The account of staff who did it.
    author   uuid,
    text     text        NOT NULL,
    -- The event that told it, where one did.
    event_id uuid,
    at       timestamptz NOT NULL
);

CREATE INDEX order_timeline_order ON order_timeline (order_id, entry_id);
