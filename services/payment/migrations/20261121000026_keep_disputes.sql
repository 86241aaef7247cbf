-- A customer contests a payment at their bank or at the provider, which takes the money back, and gives it to the shop again
-- where the shop wins.
CREATE TABLE disputes (
    dispute_id   uuid        CONSTRAINT disputes_pk PRIMARY KEY,
    payment_id   uuid        NOT NULL CONSTRAINT disputes_payment REFERENCES payments,
    provider     text        NOT NULL,
    -- The provider's id of it.
    reference    text        NOT NULL,
    -- inquiry: a question, and no money moved. It goes forward only.
    state        text        NOT NULL CONSTRAINT disputes_state CHECK (state IN ('inquiry', 'opened', 'won', 'lost')),
    -- Why, in the provider's word.
    reason       text        NOT NULL,
    currency     text        NOT NULL,
    amount_minor bigint      NOT NULL CONSTRAINT disputes_amount CHECK (amount_minor >= 0),
    -- What is taken of it, and not given back.
    taken_minor  bigint      NOT NULL CONSTRAINT disputes_taken CHECK (taken_minor >= 0),
    -- Until when the shop has to answer; none where it has, or need not.
    respond_by   timestamptz,
    opened_at    timestamptz NOT NULL,
    closed_at    timestamptz,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT disputes_reference UNIQUE (provider, reference),
    CONSTRAINT disputes_closed CHECK ((closed_at IS NOT NULL) = (state IN ('won', 'lost')))
);

CREATE INDEX disputes_payment ON disputes (payment_id);
CREATE INDEX disputes_found ON disputes (created_at DESC, dispute_id DESC);
-- Those that can still change.
CREATE INDEX disputes_unsettled ON disputes (provider)
    WHERE state IN ('inquiry', 'opened') OR (state = 'won' AND taken_minor > 0);

-- What disputes took of a payment, and did not give back.
ALTER TABLE payments ADD COLUMN charged_back_minor bigint NOT NULL DEFAULT 0
    CONSTRAINT payments_charged_back CHECK (charged_back_minor >= 0);

-- The dispute that a webhook speaks of, by the provider's id.
ALTER TABLE webhooks ADD COLUMN dispute text;

ALTER TABLE ledger_transactions
    ADD COLUMN dispute_id uuid CONSTRAINT ledger_transactions_dispute REFERENCES disputes,
    DROP CONSTRAINT ledger_transactions_kind,
    ADD CONSTRAINT ledger_transactions_kind
        CHECK (kind IN ('capture', 'refund', 'fee', 'chargeback', 'reinstatement')),
    ADD CONSTRAINT ledger_transactions_chargeback_has_dispute
        CHECK ((dispute_id IS NOT NULL) = (kind IN ('chargeback', 'reinstatement')));

ALTER TABLE reconciliation
    DROP CONSTRAINT reconciliation_sweep,
    ADD CONSTRAINT reconciliation_sweep CHECK (sweep IN ('open', 'recent', 'disputes'));
INSERT INTO reconciliation (sweep, due_at) VALUES ('disputes', 'epoch');

-- The disputes of the pretended company.
CREATE TABLE sandbox_disputes (
    payment_id   uuid        CONSTRAINT sandbox_disputes_pk PRIMARY KEY
        CONSTRAINT sandbox_disputes_payment REFERENCES sandbox_payments,
    amount_minor bigint      NOT NULL CONSTRAINT sandbox_disputes_positive CHECK (amount_minor > 0),
    state        text        NOT NULL CONSTRAINT sandbox_disputes_state CHECK (state IN ('opened', 'won', 'lost')),
    opened_at    timestamptz NOT NULL
);
