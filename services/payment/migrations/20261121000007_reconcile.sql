-- How far the comparison of the books with the providers is: a page at a time, by one replica.
CREATE TABLE reconciliation (
    -- open: payments that wait for somebody; recent: those at their end, for some days.
    sweep     text        CONSTRAINT reconciliation_pk PRIMARY KEY
        CONSTRAINT reconciliation_sweep CHECK (sweep IN ('open', 'recent')),
    -- The payment compared last; none at the beginning.
    cursor_at timestamptz,
    cursor_id uuid,
    -- The next page is compared then.
    due_at    timestamptz NOT NULL
);
INSERT INTO reconciliation (sweep, due_at) VALUES ('open', 'epoch'), ('recent', 'epoch');

-- All of a customer: export and erasure.
CREATE INDEX payments_user ON payments (user_id);
