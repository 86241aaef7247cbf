ALTER TABLE orders
    -- Grows with each change of the address, so that who hears of two knows the later; that of the checkout is 1.
    ADD COLUMN address_version bigint NOT NULL DEFAULT 1;

-- Where an order goes was corrected, or could not be any more.
ALTER TABLE order_timeline
    DROP CONSTRAINT order_timeline_kind,
    ADD CONSTRAINT order_timeline_kind CHECK (kind IN ('heard', 'note', 'return', 'refund', 'claimed', 'address'));
