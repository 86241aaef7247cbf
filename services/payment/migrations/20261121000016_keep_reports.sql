-- What providers said that changed a payment and was the answer to none of its calls: asked because of a webhook, or when
-- the books were compared. Only added to; what it says has nothing of a person.
CREATE TABLE reports (
    -- UUIDv7: in the order of time.
    report_id  uuid        CONSTRAINT reports_pk PRIMARY KEY,
    payment_id uuid        NOT NULL CONSTRAINT reports_payment REFERENCES payments,
    -- The provider's id of the webhook; NULL where the books were compared.
    webhook    text,
    -- State of the payment before and afterwards; the same where an amount alone changed.
    from_state text        NOT NULL,
    to_state   text        NOT NULL,
    -- What the provider said.
    outcome    text        NOT NULL,
    at         timestamptz NOT NULL
);

CREATE INDEX reports_payment ON reports (payment_id, report_id);
