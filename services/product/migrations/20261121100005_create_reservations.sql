-- What orders hold. A row without lines in state 'released' is a tombstone: the order was cancelled before it was heard of.
CREATE TABLE reservations (
    order_id     uuid        CONSTRAINT reservations_pk PRIMARY KEY,
    state        text        NOT NULL CONSTRAINT reservations_state_known
        CHECK (state IN ('held', 'rejected', 'committed', 'released', 'expired')),
    -- When held items go back although nobody said so; null in every state but 'held'.
    expires_at   timestamptz,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT reservations_held_expire CHECK ((state = 'held') = (expires_at IS NOT NULL))
);

CREATE INDEX reservations_expires_at ON reservations (expires_at) WHERE state = 'held';

CREATE TABLE reservation_lines (
    order_id     uuid        NOT NULL CONSTRAINT reservation_lines_order_fk REFERENCES reservations (order_id),
    product_id   uuid        NOT NULL CONSTRAINT reservation_lines_product_fk REFERENCES products (product_id),
    quantity     bigint      NOT NULL CONSTRAINT reservation_lines_quantity_range CHECK (quantity > 0),
    CONSTRAINT reservation_lines_pk PRIMARY KEY (order_id, product_id)
);

CREATE INDEX reservation_lines_product_id ON reservation_lines (product_id);
