-- What is for sale: what its variants have in common. Prices and SKUs are the variants', stock is that of places.
CREATE TABLE products (
    -- UUIDv7: its order is the order of creation.
    product_id   uuid        CONSTRAINT products_pk PRIMARY KEY,
    -- For addresses that people read: the slug of today.
    slug         text        NOT NULL CONSTRAINT products_slug_unique UNIQUE,
    -- In the shop's own language; product_translations has the others.
    name         text        NOT NULL,
    description  text        NOT NULL,
    category_id  uuid        CONSTRAINT products_category_fk REFERENCES categories (category_id),
    status       text        NOT NULL CONSTRAINT products_status_known CHECK (status IN ('draft', 'active', 'archived')),
    -- [{"name": "Size", "values": ["M", "L"]}], in the order they are shown.
    options      jsonb       NOT NULL DEFAULT '[]',
    -- Which rates of tax apply; the rates are the order service's.
    tax_class    text        NOT NULL DEFAULT 'standard',
    -- Counts edits of the text, price, category and status; not the comings and goings of stock.
    version      bigint      NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);

CREATE INDEX products_category_id ON products (category_id);

-- Every slug that a product has or had: an old one leads to the product for ever, and no other product gets it.
CREATE TABLE product_slugs (
    slug        text        CONSTRAINT product_slugs_pk PRIMARY KEY,
    product_id  uuid        NOT NULL CONSTRAINT product_slugs_product_fk REFERENCES products (product_id),
    created_at  timestamptz NOT NULL,
    CONSTRAINT product_slugs_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
);

CREATE INDEX product_slugs_product_id ON product_slugs (product_id);
