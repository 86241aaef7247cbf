-- Orders that somebody is cancelling: none of their parcels is handed over or booked, also of those that are packed only
-- later, until order has said what became of it.
CREATE TABLE stops (
    order_id   uuid        CONSTRAINT stops_pk PRIMARY KEY,
    -- When order asked for it last.
    stopped_at timestamptz NOT NULL,
    -- When order is asked what became of it.
    due_at     timestamptz NOT NULL
);

CREATE INDEX stops_due ON stops (due_at);
