-- Which pages changed lately, but for stock, which stock_movements tells of. Replicas that keep rendered pages read on
-- from where they were: see src/feed.rs. Rows older than an hour are swept.
CREATE TABLE product_changes (
    change_id   bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT product_changes_pk PRIMARY KEY,
    product_id  uuid        NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE INDEX product_changes_created_at ON product_changes (created_at);
