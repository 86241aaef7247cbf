-- The number by which people know the order; none for payments of before.
ALTER TABLE payments ADD COLUMN order_number text;

-- The books in the order in which they are read, page by page. It serves all that the index of times did.
CREATE INDEX ledger_transactions_in_order ON ledger_transactions (at, transaction_id);
DROP INDEX ledger_transactions_at;
