-- What an import of an Idempotency-Key has counted of a variant: sent again, the file counts nothing a second time.
CREATE TABLE import_counts (
    import_id  uuid        NOT NULL,
    variant_id uuid        NOT NULL,
    items      bigint      NOT NULL,
    counted_at timestamptz NOT NULL,
    CONSTRAINT import_counts_pk PRIMARY KEY (import_id, variant_id)
);

CREATE INDEX import_counts_counted_at ON import_counts (counted_at);
