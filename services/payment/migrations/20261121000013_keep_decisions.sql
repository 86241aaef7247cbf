-- What administrators decided about payments, also where no call to the provider followed. Only added to.
CREATE TABLE decisions (
    -- UUIDv7: in the order of time.
    decision_id  uuid        CONSTRAINT decisions_pk PRIMARY KEY,
    payment_id   uuid        NOT NULL CONSTRAINT decisions_payment REFERENCES payments,
    -- capture, void, refund, offline; or what becomes of an amount that differs: accept, return, settled.
    deed         text        NOT NULL,
    -- How much, in the payment's currency, where the deed is about a part.
    amount_minor bigint,
    -- Why, in the words of who decided.
    reason       text        NOT NULL,
    author       uuid        NOT NULL,
    at           timestamptz NOT NULL
);

CREATE INDEX decisions_payment ON decisions (payment_id, decision_id);
