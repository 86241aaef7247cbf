-- Kinds of a product that are bought as such. Each product has at least one: the default variant, which has its UUID.
CREATE TABLE variants (
    variant_id       uuid        CONSTRAINT variants_pk PRIMARY KEY,
    product_id       uuid        NOT NULL CONSTRAINT variants_product_fk REFERENCES products (product_id),
    -- 0 for the default variant, then as they were added.
    position         integer     NOT NULL,
    -- The seller's own name for it; never changes.
    sku              text        NOT NULL CONSTRAINT variants_sku_unique UNIQUE,
    -- Its value of each of the product's options: {"Size": "L"}.
    options          jsonb       NOT NULL,
    price_minor      bigint      NOT NULL CONSTRAINT variants_price_range CHECK (price_minor BETWEEN 1 AND 10000000000000),
    -- The price it is compared with ("was 20.000").
    compare_at_minor bigint      CONSTRAINT variants_compare_at_above CHECK (compare_at_minor > price_minor),
    currency         text        NOT NULL,
    -- Of one packed item; 0 when nobody has said.
    weight_grams     integer     NOT NULL DEFAULT 0,
    length_mm        integer     NOT NULL DEFAULT 0,
    width_mm         integer     NOT NULL DEFAULT 0,
    height_mm        integer     NOT NULL DEFAULT 0,
    -- GTIN or any other code on the pack; the same article may be sold twice.
    barcode          text,
    -- Items of one order at most; 0 for no limit.
    max_quantity     integer     NOT NULL DEFAULT 0,
    -- Stock is low at this many free items or fewer; 0 for no warning.
    low_stock_at     bigint      NOT NULL DEFAULT 0,
    status           text        NOT NULL CONSTRAINT variants_status_known CHECK (status IN ('active', 'archived')),
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    CONSTRAINT variants_options_unique UNIQUE (product_id, options),
    CONSTRAINT variants_measures_range CHECK (least(weight_grams, length_mm, width_mm, height_mm, max_quantity) >= 0)
);

CREATE INDEX variants_barcode ON variants (barcode) WHERE barcode IS NOT NULL;

-- No product is without its default variant, checked at commit because each refers to the other.
ALTER TABLE products
    ADD CONSTRAINT products_default_variant_fk FOREIGN KEY (product_id) REFERENCES variants (variant_id)
        DEFERRABLE INITIALLY DEFERRED;
