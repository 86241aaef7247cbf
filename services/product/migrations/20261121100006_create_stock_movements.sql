-- Every change of stock, for ever: the sums of a variant's rows at a place are its on_hand and reserved there.
CREATE TABLE stock_movements (
    movement_id     bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT stock_movements_pk PRIMARY KEY,
    product_id      uuid        NOT NULL CONSTRAINT stock_movements_product_fk REFERENCES products (product_id),
    variant_id      uuid        NOT NULL CONSTRAINT stock_movements_variant_fk REFERENCES variants (variant_id),
    location_id     uuid        NOT NULL CONSTRAINT stock_movements_location_fk REFERENCES locations (location_id),
    kind            text        NOT NULL CONSTRAINT stock_movements_kind_known
        CHECK (kind IN ('adjusted', 'reserved', 'committed', 'taken', 'released', 'expired', 'returned', 'restocked',
            'transferred')),
    on_hand_delta   bigint      NOT NULL,
    reserved_delta  bigint      NOT NULL,
    -- The order that caused it; null for adjustments.
    order_id        uuid,
    -- Who adjusted; null for orders.
    actor           text,
    -- Why somebody adjusted, in their words.
    reason          text,
    created_at      timestamptz NOT NULL,
    CONSTRAINT stock_movements_has_cause CHECK ((order_id IS NULL) = (actor IS NOT NULL))
);

CREATE INDEX stock_movements_product_id ON stock_movements (product_id);
CREATE INDEX stock_movements_level ON stock_movements (variant_id, location_id);
CREATE INDEX stock_movements_order_id ON stock_movements (order_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER stock_movements_append_only BEFORE UPDATE OR DELETE ON stock_movements
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER stock_movements_no_truncate BEFORE TRUNCATE ON stock_movements
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
