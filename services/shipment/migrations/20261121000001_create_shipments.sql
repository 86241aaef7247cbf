CREATE TABLE shipments (
    -- UUIDv7.
    shipment_id      uuid        CONSTRAINT shipments_pk PRIMARY KEY,
    -- One parcel an order.
    order_id         uuid        NOT NULL CONSTRAINT shipments_order_unique UNIQUE,
    order_number     text        NOT NULL,
    user_id          uuid        NOT NULL,
    state            text        NOT NULL CONSTRAINT shipments_state CHECK (state IN
        ('created', 'dispatched', 'delivered', 'cancelled')),
    carrier          text        NOT NULL,
    tracking_number  text        NOT NULL CONSTRAINT shipments_tracking_number_unique UNIQUE,
    -- A copy of the order's address.
    shipping_address jsonb       NOT NULL,
    -- What is inside: sku, name, quantity and price at checkout.
    lines            jsonb       NOT NULL,
    created_at       timestamptz NOT NULL,
    -- When the state was entered; the sandbox carrier counts from here.
    state_at         timestamptz NOT NULL
);

-- The sandbox carrier's rounds.
CREATE INDEX shipments_under_way ON shipments (state_at) WHERE state IN ('created', 'dispatched');

-- What happened to a parcel; rows are never changed.
CREATE TABLE tracking_events (
    shipment_id uuid        NOT NULL CONSTRAINT tracking_events_shipment REFERENCES shipments,
    -- From 0.
    position    int         NOT NULL,
    state       text        NOT NULL,
    -- For people.
    description text        NOT NULL,
    at          timestamptz NOT NULL,
    CONSTRAINT tracking_events_pk PRIMARY KEY (shipment_id, position)
);

-- Orders that were cancelled before a parcel was made: none is made any more.
CREATE TABLE cancelled_orders (
    order_id     uuid        CONSTRAINT cancelled_orders_pk PRIMARY KEY,
    cancelled_at timestamptz NOT NULL
);
