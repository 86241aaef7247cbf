-- What moved, and where. The rows there are belong to the default variant at the one place there was; the trigger that
-- keeps the table append-only lets this one pass.
ALTER TABLE stock_movements
    ADD COLUMN variant_id  uuid CONSTRAINT stock_movements_variant_fk REFERENCES variants (variant_id),
    ADD COLUMN location_id uuid CONSTRAINT stock_movements_location_fk REFERENCES locations (location_id),
    DROP CONSTRAINT stock_movements_kind_known,
    ADD CONSTRAINT stock_movements_kind_known CHECK (kind IN ('adjusted', 'reserved', 'committed', 'taken', 'released',
        'expired', 'returned', 'restocked', 'transferred'));

ALTER TABLE stock_movements DISABLE TRIGGER stock_movements_append_only;
UPDATE stock_movements SET variant_id = product_id, location_id = '01930000-0000-7000-8000-000000000001';
ALTER TABLE stock_movements ENABLE TRIGGER stock_movements_append_only;

ALTER TABLE stock_movements
    ALTER COLUMN variant_id SET NOT NULL,
    ALTER COLUMN location_id SET NOT NULL;

CREATE INDEX stock_movements_level ON stock_movements (variant_id, location_id);

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

INSERT INTO allocations (order_id, variant_id, location_id, quantity)
SELECT order_id, product_id, '01930000-0000-7000-8000-000000000001', quantity FROM reservation_lines;

-- Returns whose goods are on the shelf again: each acts once, under whichever event it is told.
CREATE TABLE restocks (
    return_id    uuid        CONSTRAINT restocks_pk PRIMARY KEY,
    order_id     uuid        NOT NULL,
    created_at   timestamptz NOT NULL
);
