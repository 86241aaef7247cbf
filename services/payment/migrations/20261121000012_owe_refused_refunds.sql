-- A refund that the provider refuses for good is owed until another refund answers it, or the shop pays it back itself.
ALTER TABLE payments
    -- Refunds that were refused, and that nothing has answered since.
    ADD COLUMN refused_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT payments_refused CHECK (refused_minor >= 0),
    -- What the shop paid back outside of the provider.
    ADD COLUMN offline_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT payments_offline CHECK (offline_minor >= 0),
    DROP CONSTRAINT payments_never_back_more_than_in,
    ADD CONSTRAINT payments_never_back_more_than_in
        CHECK (refunding_minor + refunded_minor + offline_minor <= captured_minor);

ALTER TABLE attempts
    -- The refund as others know it: its own id, or of one that answers a refused refund the id of the first; NULL in rows
    -- of before, which are known by their own.
    ADD COLUMN refund_id uuid,
    -- What answered a refund that was refused: once, so that nothing is paid back twice.
    ADD COLUMN answered_by uuid CONSTRAINT attempts_answered_by REFERENCES attempts,
    ADD CONSTRAINT attempts_answered CHECK (answered_by IS NULL OR state = 'refused'),
    -- Money that the shop paid back itself is no call, but stands among them; `reference` is then what the bank says.
    DROP CONSTRAINT attempts_kind,
    ADD CONSTRAINT attempts_kind CHECK (kind IN ('open', 'authorize', 'capture', 'void', 'refund', 'offline')),
    DROP CONSTRAINT attempts_amount,
    ADD CONSTRAINT attempts_amount CHECK ((amount_minor IS NOT NULL) = (kind IN ('capture', 'refund', 'offline')));

CREATE INDEX attempts_answered_by ON attempts (answered_by) WHERE answered_by IS NOT NULL;
