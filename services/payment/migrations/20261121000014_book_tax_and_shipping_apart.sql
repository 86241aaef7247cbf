-- Of the amount, what is for shipping and what is tax; the rest is for goods. 0 for payments of before, whose revenue is all
-- booked as sales and stays so: the ledger's rows never change.
ALTER TABLE payments
    ADD COLUMN shipping_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN tax_minor bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payments_parts
        CHECK (shipping_minor >= 0 AND tax_minor >= 0 AND shipping_minor + tax_minor <= amount_minor);

-- The ledger of a period.
CREATE INDEX ledger_transactions_at ON ledger_transactions (at);
