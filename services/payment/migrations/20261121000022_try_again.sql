-- An order's payment may be tried several times, in several ways. Each try is a row with an id, a state and bookings of its
-- own, and one at most is open.
ALTER TABLE payments
    -- From 1. Rows of before are the only try of their order.
    ADD COLUMN attempt int NOT NULL DEFAULT 1 CONSTRAINT payments_attempt CHECK (attempt > 0),
    -- Until when another try may follow; NULL where none may. Of the tries of an order one has it.
    ADD COLUMN retry_until timestamptz,
    -- How the next try is to be paid, while this one is being called off for it; its token is never shown.
    ADD COLUMN next_choice jsonb,
    DROP CONSTRAINT payments_order_unique,
    ADD CONSTRAINT payments_attempt_unique UNIQUE (order_id, attempt),
    DROP CONSTRAINT payments_closing,
    ADD CONSTRAINT payments_closing CHECK (closing IN ('cancel', 'void', 'expire', 'replace')),
    ADD CONSTRAINT payments_next CHECK (next_choice IS NULL OR closing = 'replace');

CREATE UNIQUE INDEX payments_one_open ON payments (order_id)
    WHERE state IN ('opening', 'pending', 'approved', 'authorized');
CREATE UNIQUE INDEX payments_one_retry ON payments (order_id) WHERE retry_until IS NOT NULL;
-- Orders that nobody tries to pay again.
CREATE INDEX payments_given_up ON payments (retry_until)
    WHERE retry_until IS NOT NULL AND state NOT IN ('opening', 'pending', 'approved', 'authorized');
