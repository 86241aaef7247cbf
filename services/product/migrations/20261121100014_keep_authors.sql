-- Who changed what: prices and products say so, as stock movements do.
ALTER TABLE variants
    -- Who wrote the row last; null for what was seeded.
    ADD COLUMN changed_by text;

ALTER TABLE price_changes
    -- Who set the price; null where nobody was noted.
    ADD COLUMN actor text;

CREATE OR REPLACE FUNCTION note_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_changes (variant_id, price_minor, compare_at_minor, changed_at, actor)
    VALUES (NEW.variant_id, NEW.price_minor, NEW.compare_at_minor, NEW.updated_at, NEW.changed_by);
    RETURN NULL;
END
$$;

-- Every edit of a product and its variants, for ever.
CREATE TABLE product_edits (
    edit_id     bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT product_edits_pk PRIMARY KEY,
    product_id  uuid        NOT NULL CONSTRAINT product_edits_product_fk REFERENCES products (product_id),
    -- A user's id, or the command that did it.
    actor       text        NOT NULL,
    -- [{"field": "variants.KOPI-1.price_minor", "from": 100, "to": 120}]; null where the product was added.
    changes     jsonb,
    edited_at   timestamptz NOT NULL
);

CREATE INDEX product_edits_product_id ON product_edits (product_id, edit_id);

CREATE TRIGGER product_edits_append_only BEFORE UPDATE OR DELETE ON product_edits
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER product_edits_no_truncate BEFORE TRUNCATE ON product_edits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
