-- A payment may be tried several times: which of them was heard of last, how it stands, and which one paid.
ALTER TABLE orders
    -- From 1; 0 until one is heard of.
    ADD COLUMN payment_attempt int NOT NULL DEFAULT 0,
    -- Why the last one failed, in a word.
    ADD COLUMN payment_failure text,
    -- Until when the customer can take another way to pay; NULL where they can't.
    ADD COLUMN payment_retry_until timestamptz,
    -- The one whose money was taken; NULL before, and in orders of before there were several.
    ADD COLUMN payment_id uuid;
