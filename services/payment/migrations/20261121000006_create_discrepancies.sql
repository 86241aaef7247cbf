-- Where the books and a provider disagree and no rule mends it: a person looks.
CREATE TABLE discrepancies (
    discrepancy_id uuid        CONSTRAINT discrepancies_pk PRIMARY KEY,
    payment_id     uuid        NOT NULL CONSTRAINT discrepancies_payment REFERENCES payments,
    -- In a word, such as amount_differs or refund_missing_there.
    kind           text        NOT NULL,
    -- What the books say and what the provider says, in a sentence.
    detail         text        NOT NULL,
    found_at       timestamptz NOT NULL,
    -- When it was seen last.
    seen_at        timestamptz NOT NULL,
    resolved_at    timestamptz,
    -- Who said so: a user's id, or nobody when it went away by itself.
    resolved_by    uuid,
    note           text
);

-- Found again, it is the same.
CREATE UNIQUE INDEX discrepancies_open ON discrepancies (payment_id, kind) WHERE resolved_at IS NULL;
CREATE INDEX discrepancies_found ON discrepancies (found_at DESC, discrepancy_id DESC);
