-- What orders hold. A row without allocations in state 'released' is a tombstone: the order was cancelled before it was heard of.
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

-- From where an order is served.
CREATE TABLE allocations (
    order_id     uuid   NOT NULL CONSTRAINT allocations_order_fk REFERENCES reservations (order_id),
    variant_id   uuid   NOT NULL,
    location_id  uuid   NOT NULL,
    quantity     bigint NOT NULL CONSTRAINT allocations_quantity_range CHECK (quantity > 0),
    -- Items that the customer sent back and that are on the shelf again.
    restocked    bigint NOT NULL DEFAULT 0,
    CONSTRAINT allocations_pk PRIMARY KEY (order_id, variant_id, location_id),
    CONSTRAINT allocations_level_fk FOREIGN KEY (variant_id, location_id) REFERENCES stock_levels (variant_id, location_id),
    CONSTRAINT allocations_restocked_range CHECK (restocked BETWEEN 0 AND quantity)
);

CREATE INDEX allocations_level ON allocations (variant_id, location_id);

-- Returns whose goods are on the shelf again: each acts once, under whichever event it is told.
CREATE TABLE restocks (
    return_id    uuid        CONSTRAINT restocks_pk PRIMARY KEY,
    order_id     uuid        NOT NULL,
    created_at   timestamptz NOT NULL
);
