-- Customers take a return back while nothing has arrived; and a refund that failed says why.
ALTER TABLE returns
    DROP CONSTRAINT returns_state,
    ADD CONSTRAINT returns_state CHECK (state IN
        ('requested', 'refused', 'approved', 'received', 'refunding', 'refunded', 'withdrawn'));

ALTER TABLE refunds
    -- In a word of the provider's or ours; NULL for those that did not fail, or did before it was kept.
    ADD COLUMN failure text;
