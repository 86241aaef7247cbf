-- Every transition of every order; rows are never changed.
CREATE TABLE order_history (
    order_id   uuid        NOT NULL CONSTRAINT order_history_order REFERENCES orders,
    -- From 0; the first row is the checkout.
    position   int         NOT NULL,
    -- NULL for the checkout.
    from_state text,
    to_state   text        NOT NULL,
    -- Who caused it: customer, admin, clock, or the service whose event it was.
    actor      text        NOT NULL CONSTRAINT order_history_actor CHECK (actor IN
        ('customer', 'admin', 'clock', 'product', 'payment', 'shipment')),
    -- In a few words.
    reason     text        NOT NULL,
    -- The event that caused it, where one did.
    event_id   uuid,
    at         timestamptz NOT NULL,
    CONSTRAINT order_history_pk PRIMARY KEY (order_id, position)
);
