-- When staff were last told of a variant's stock: stock that comes and goes with unpaid orders is not told each time.
CREATE TABLE stock_told (
    variant_id uuid        NOT NULL,
    -- Type of the event.
    event_type text        NOT NULL,
    told_at    timestamptz NOT NULL,
    CONSTRAINT stock_told_pk PRIMARY KEY (variant_id, event_type)
);
