-- Double entry: every movement of money is a transaction whose entries sum to zero in each currency. Append only.
CREATE TABLE ledger_transactions (
    transaction_id uuid        CONSTRAINT ledger_transactions_pk PRIMARY KEY,
    payment_id     uuid        NOT NULL CONSTRAINT ledger_transactions_payment REFERENCES payments,
    kind           text        NOT NULL CONSTRAINT ledger_transactions_kind CHECK (kind IN ('capture', 'refund')),
    -- The refund it belongs to; captures have none.
    attempt_id     uuid        CONSTRAINT ledger_transactions_attempt REFERENCES attempts
        CONSTRAINT ledger_transactions_refund_once UNIQUE,
    at             timestamptz NOT NULL,
    CONSTRAINT ledger_transactions_refund_has_attempt CHECK ((attempt_id IS NOT NULL) = (kind = 'refund'))
);

-- A payment is captured once.
CREATE UNIQUE INDEX ledger_transactions_capture_once ON ledger_transactions (payment_id) WHERE kind = 'capture';
CREATE INDEX ledger_transactions_payment ON ledger_transactions (payment_id);

CREATE TABLE ledger_entries (
    transaction_id uuid   NOT NULL CONSTRAINT ledger_entries_transaction REFERENCES ledger_transactions,
    position       int    NOT NULL,
    -- receivable:<provider> (the provider owes us), or sales.
    account        text   NOT NULL,
    -- Debit is positive, credit negative.
    amount_minor   bigint NOT NULL CONSTRAINT ledger_entries_amount CHECK (amount_minor <> 0),
    currency       text   NOT NULL,
    CONSTRAINT ledger_entries_pk PRIMARY KEY (transaction_id, position)
);

CREATE INDEX ledger_entries_account ON ledger_entries (account, currency);

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append only: % on % is refused; book a counter transaction instead', TG_OP, TG_TABLE_NAME;
END $$;

CREATE TRIGGER ledger_transactions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transactions
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE FUNCTION ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entries WHERE transaction_id = NEW.transaction_id)
        OR EXISTS (SELECT FROM ledger_entries WHERE transaction_id = NEW.transaction_id
                   GROUP BY currency HAVING sum(amount_minor) <> 0)
    THEN
        RAISE EXCEPTION 'the ledger transaction % does not sum to zero', NEW.transaction_id;
    END IF;
    RETURN NULL;
END $$;

-- Looked at when the database transaction commits: entries come one by one.
CREATE CONSTRAINT TRIGGER ledger_transactions_balance AFTER INSERT ON ledger_transactions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();
CREATE CONSTRAINT TRIGGER ledger_entries_balance AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_balances();
