-- A call that opens a payment may be made again under another name when its answer was lost; should both be taken in the
-- end, one counts and the other is ended.
ALTER TABLE attempts
    -- The provider's id of the other request, which this call is to end; the payment's own otherwise.
    ADD COLUMN twin text,
    DROP CONSTRAINT attempts_kind,
    ADD CONSTRAINT attempts_kind
        CHECK (kind IN ('open', 'authorize', 'capture', 'void', 'refund', 'offline', 'end_twin')),
    ADD CONSTRAINT attempts_twin CHECK ((twin IS NOT NULL) = (kind = 'end_twin'));

-- It is ended once, however often it is told of.
CREATE UNIQUE INDEX attempts_twin_once ON attempts (payment_id, twin) WHERE twin IS NOT NULL;
