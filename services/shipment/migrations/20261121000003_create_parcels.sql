-- From here on a row of shipments is all that an order ships; what the carrier moves are its parcels.
ALTER TABLE shipments
    DROP CONSTRAINT shipments_state,
    ADD CONSTRAINT shipments_state CHECK (state IN
        ('created', 'dispatched', 'recalled', 'failed', 'delivered', 'returned', 'cancelled')),
    -- Absent where the order was cancelled before anything was packed: such a row says that nothing will be.
    ALTER COLUMN shipping_address DROP NOT NULL,
    -- Those of the first parcel.
    ALTER COLUMN carrier DROP NOT NULL,
    ALTER COLUMN tracking_number DROP NOT NULL,
    -- When its customer's account was deleted; the address goes once no parcel needs it any more.
    ADD COLUMN erase_from timestamptz;

CREATE INDEX shipments_user_id ON shipments (user_id);

CREATE TABLE parcels (
    parcel_id       uuid        CONSTRAINT parcels_pk PRIMARY KEY,
    shipment_id     uuid        NOT NULL CONSTRAINT parcels_shipment REFERENCES shipments,
    -- From 1, within the shipment.
    number          integer     NOT NULL CONSTRAINT parcels_number CHECK (number >= 1),
    state           text        NOT NULL CONSTRAINT parcels_state CHECK (state IN
        ('created', 'dispatched', 'recalled', 'failed', 'delivered', 'returned', 'cancelled')),
    -- Code of the carrier; free text where staff chose one that no adapter knows.
    carrier         text        NOT NULL,
    tracking_number text        NOT NULL,
    -- What is inside: [{"line": index into the shipment's lines, "quantity": n}].
    items           jsonb       NOT NULL,
    -- 0 where nobody weighed it.
    weight_grams    bigint      NOT NULL,
    -- When the state was entered.
    state_at        timestamptz NOT NULL,
    -- When its carrier is asked next; null when it is not.
    poll_at         timestamptz,
    CONSTRAINT parcels_number_unique UNIQUE (shipment_id, number),
    CONSTRAINT parcels_tracking_number_unique UNIQUE (carrier, tracking_number)
);

CREATE INDEX parcels_poll ON parcels (carrier, poll_at) WHERE poll_at IS NOT NULL;

-- What happened to a parcel; rows are never changed.
CREATE TABLE parcel_events (
    -- The order in which it was heard.
    position    bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT parcel_events_pk PRIMARY KEY,
    parcel_id   uuid        NOT NULL CONSTRAINT parcel_events_parcel REFERENCES parcels,
    -- The teller's own name for it: what is told twice is written once.
    key         text        NOT NULL,
    -- The parcel's state afterwards.
    state       text        NOT NULL,
    -- For people.
    description text        NOT NULL,
    -- Where it happened, as the carrier says it.
    location    text,
    at          timestamptz NOT NULL,
    CONSTRAINT parcel_events_key_unique UNIQUE (parcel_id, key)
);

-- What is under way already: each shipment is one parcel.
INSERT INTO parcels (parcel_id, shipment_id, number, state, carrier, tracking_number, items, weight_grams, state_at, poll_at)
SELECT shipment_id, shipment_id, 1, state, 'sandbox', tracking_number,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('line', line.position - 1, 'quantity', line.content -> 'quantity')
        ORDER BY line.position), '[]')
     FROM jsonb_array_elements(lines) WITH ORDINALITY AS line (content, position)),
    0, state_at, CASE WHEN state IN ('created', 'dispatched') THEN state_at END
FROM shipments;

INSERT INTO parcel_events (parcel_id, key, state, description, at)
SELECT shipment_id, 'position-' || position, state, description, at FROM tracking_events ORDER BY shipment_id, position;
