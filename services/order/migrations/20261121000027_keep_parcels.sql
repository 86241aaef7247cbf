-- The parcels of an order, as shipment told last. Who has an order is asked for it; news of one that is in a backup still
-- waits here for it.
CREATE TABLE order_parcels (
    order_id uuid   CONSTRAINT order_parcels_pk PRIMARY KEY,
    -- Of what was told: older news changes nothing.
    version  bigint NOT NULL,
    -- [{"number": 1, "state": …, "carrier": …, "tracking_number": …, "tracking_url": …, "since": …,
    --   "items": [{"line": place among the order's lines, "quantity": n}]}].
    parcels  jsonb  NOT NULL
);
