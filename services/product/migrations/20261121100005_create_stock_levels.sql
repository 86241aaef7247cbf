-- Places where stock is kept.
CREATE TABLE locations (
    location_id  uuid        CONSTRAINT locations_pk PRIMARY KEY,
    -- The seller's own name for it in files, such as jkt-1.
    code         text        NOT NULL CONSTRAINT locations_code_unique UNIQUE,
    name         text        NOT NULL,
    -- Places with a lower number serve first.
    priority     integer     NOT NULL,
    -- Whether orders are served from there.
    active       boolean     NOT NULL,
    -- Where stock goes when nobody names a place; one alone.
    by_default   boolean     NOT NULL,
    created_at   timestamptz NOT NULL
);

CREATE UNIQUE INDEX locations_one_default ON locations (by_default) WHERE by_default;

INSERT INTO locations (location_id, code, name, priority, active, by_default, created_at)
VALUES ('01930000-0000-7000-8000-000000000001', 'main', 'Main', 0, true, true, now());

-- How much of each variant is where. These rows are what orders lock, in the order of the key.
CREATE TABLE stock_levels (
    variant_id   uuid        NOT NULL CONSTRAINT stock_levels_variant_fk REFERENCES variants (variant_id),
    location_id  uuid        NOT NULL CONSTRAINT stock_levels_location_fk REFERENCES locations (location_id),
    -- The variant's; it never changes, and a product's stock is found without a join.
    product_id   uuid        NOT NULL,
    -- Items at the place, the reserved ones included; below zero while sold items are owed.
    on_hand      bigint      NOT NULL DEFAULT 0 CONSTRAINT stock_levels_on_hand_range CHECK (on_hand <= 4000000000),
    -- Items set aside for orders that wait for their payment.
    reserved     bigint      NOT NULL DEFAULT 0 CONSTRAINT stock_levels_reserved_range CHECK (reserved >= 0),
    -- Items that may be promised before they are there.
    backorder    bigint      NOT NULL DEFAULT 0 CONSTRAINT stock_levels_backorder_range CHECK (backorder BETWEEN 0 AND 1000000),
    CONSTRAINT stock_levels_pk PRIMARY KEY (variant_id, location_id),
    -- The last line of defence against selling what is not there.
    CONSTRAINT stock_levels_not_oversold CHECK (reserved <= on_hand + backorder)
    -- Room for new versions of a row beside the old one: no index changes when stock moves.
) WITH (fillfactor = 60);

CREATE INDEX stock_levels_product_id ON stock_levels (product_id);
CREATE INDEX stock_levels_location_id ON stock_levels (location_id);
