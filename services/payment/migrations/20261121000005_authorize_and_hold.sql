-- Money can be set aside first and taken later, in part too; and what a provider reports that nobody asked for is held.
ALTER TABLE payments
    -- Who takes money that is set aside.
    ADD COLUMN capture text NOT NULL DEFAULT 'automatic'
        CONSTRAINT payments_capture CHECK (capture IN ('automatic', 'manual')),
    -- What was set aside, also when it has been taken or freed since.
    ADD COLUMN authorized_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT payments_authorized CHECK (authorized_minor >= 0),
    -- What the provider is being asked to take.
    ADD COLUMN capturing_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT payments_capturing CHECK (capturing_minor BETWEEN 0 AND greatest(amount_minor, authorized_minor)),
    -- An amount that differs from what was asked, as the provider reports it: {"amount": {...}, "captured": bool}.
    ADD COLUMN held jsonb,
    -- How the customer pays, and where the provider sends them back.
    ADD COLUMN method text,
    ADD COLUMN return_url text,
    -- The provider's id of the payment.
    ADD COLUMN reference text,
    -- With it the customer's browser confirms the payment; erased when the payment is no longer open.
    ADD COLUMN client_secret text,
    DROP CONSTRAINT payments_state,
    ADD CONSTRAINT payments_state CHECK (state IN ('opening', 'pending', 'approved', 'authorized', 'succeeded',
        'refunded', 'failed', 'expired', 'cancelled')),
    DROP CONSTRAINT payments_closing,
    ADD CONSTRAINT payments_closing CHECK (closing IN ('cancel', 'void', 'expire')),
    -- Part of it may be taken; more than was asked only when a person accepted that.
    DROP CONSTRAINT payments_captured,
    ADD CONSTRAINT payments_captured CHECK (captured_minor >= 0);

CREATE UNIQUE INDEX payments_reference ON payments (provider, reference) WHERE reference IS NOT NULL;
-- The expiry job, now also for what is set aside.
CREATE INDEX payments_waiting ON payments (expires_at) WHERE state IN ('pending', 'authorized') AND closing IS NULL;
DROP INDEX payments_expiry;
-- What waits for a person.
CREATE INDEX payments_held ON payments (payment_id) WHERE held IS NOT NULL;

ALTER TABLE attempts
    -- The provider's id of a refund.
    ADD COLUMN reference text,
    DROP CONSTRAINT attempts_kind,
    ADD CONSTRAINT attempts_kind CHECK (kind IN ('open', 'authorize', 'capture', 'void', 'refund')),
    DROP CONSTRAINT attempts_amount,
    ADD CONSTRAINT attempts_amount CHECK ((amount_minor IS NOT NULL) = (kind IN ('capture', 'refund'))),
    -- Refused: the provider said no for good.
    DROP CONSTRAINT attempts_state,
    ADD CONSTRAINT attempts_state CHECK (state IN ('started', 'done', 'refused'));

-- What a provider keeps for its work is booked once a payment.
ALTER TABLE ledger_transactions
    DROP CONSTRAINT ledger_transactions_kind,
    ADD CONSTRAINT ledger_transactions_kind CHECK (kind IN ('capture', 'refund', 'fee'));
CREATE UNIQUE INDEX ledger_transactions_fee_once ON ledger_transactions (payment_id) WHERE kind = 'fee';

-- A webhook may name a payment by the provider's id alone, which may not be known yet.
ALTER TABLE webhooks
    ALTER COLUMN payment_id DROP NOT NULL,
    ADD COLUMN reference text;

-- The pretended company can set aside, refuse and differ.
ALTER TABLE sandbox_payments
    -- What was set aside or taken, when that differs from the amount; 0 otherwise.
    ADD COLUMN taken_minor bigint NOT NULL DEFAULT 0,
    -- The token that says what happens to it later.
    ADD COLUMN script text,
    DROP CONSTRAINT sandbox_payments_status,
    ADD CONSTRAINT sandbox_payments_status CHECK (status IN
        ('pending', 'approved', 'authorized', 'succeeded', 'failed', 'voided'));
