-- Every slug that a product has or had: an old one leads to the product for ever, and no other product gets it.
CREATE TABLE product_slugs (
    slug        text        CONSTRAINT product_slugs_pk PRIMARY KEY,
    product_id  uuid        NOT NULL CONSTRAINT product_slugs_product_fk REFERENCES products (product_id),
    created_at  timestamptz NOT NULL,
    CONSTRAINT product_slugs_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$')
);

CREATE INDEX product_slugs_product_id ON product_slugs (product_id);

-- The slug of today. Products that had none get their name's, with an end that makes it theirs alone.
ALTER TABLE products ADD COLUMN slug text;

UPDATE products SET slug = concat_ws('-',
    nullif(trim(BOTH '-' FROM left(regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'), 80)), ''),
    right(replace(product_id::text, '-', ''), 12));

INSERT INTO product_slugs (slug, product_id, created_at) SELECT slug, product_id, created_at FROM products;

ALTER TABLE products
    ALTER COLUMN slug SET NOT NULL,
    ADD CONSTRAINT products_slug_unique UNIQUE (slug);
