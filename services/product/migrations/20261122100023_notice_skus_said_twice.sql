-- SKUs of files under way, by which a file that says one twice is noticed, however long it is. Nothing is lost when these are.
CREATE UNLOGGED TABLE import_skus (
    import_id  uuid        NOT NULL,
    sku        text        NOT NULL,
    -- Of the file, where the SKU is first.
    line       bigint      NOT NULL,
    seen_at    timestamptz NOT NULL,
    CONSTRAINT import_skus_pk PRIMARY KEY (import_id, sku)
);
