-- What is for sale and how much of it there is.
CREATE TABLE products (
    -- UUIDv7: its order is the order of creation.
    product_id   uuid        CONSTRAINT products_pk PRIMARY KEY,
    -- The seller's own name for it; never changes.
    sku          text        NOT NULL CONSTRAINT products_sku_unique UNIQUE,
    name         text        NOT NULL,
    description  text        NOT NULL,
    category_id  uuid        CONSTRAINT products_category_fk REFERENCES categories (category_id),
    price_minor  bigint      NOT NULL CONSTRAINT products_price_range CHECK (price_minor BETWEEN 1 AND 10000000000000),
    currency     text        NOT NULL,
    status       text        NOT NULL CONSTRAINT products_status_known CHECK (status IN ('draft', 'active', 'archived')),
    -- Items in the warehouse, the reserved ones included.
    on_hand      bigint      NOT NULL CONSTRAINT products_on_hand_range CHECK (on_hand BETWEEN 0 AND 4000000000),
    -- Items set aside for orders that wait for their payment.
    reserved     bigint      NOT NULL,
    -- Counts edits of the text, price, category and status; not the comings and goings of stock.
    version      bigint      NOT NULL,
    -- Words of name and sku weigh more than words of the description. 'simple': shops speak many languages.
    search       tsvector    NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', name || ' ' || sku), 'A') || setweight(to_tsvector('simple', description), 'C')
    ) STORED,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    -- The last line of defence against selling what is not there.
    CONSTRAINT products_reserved_range CHECK (reserved BETWEEN 0 AND on_hand)
);

CREATE INDEX products_category_id ON products (category_id);
-- One index a sort order of the list.
CREATE INDEX products_newest ON products (product_id) WHERE status = 'active';
CREATE INDEX products_price ON products (price_minor, product_id) WHERE status = 'active';
CREATE INDEX products_name ON products (name, product_id) WHERE status = 'active';
CREATE INDEX products_search ON products USING gin (search);
