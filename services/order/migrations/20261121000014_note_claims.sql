-- A guest's order may become an account's: its timeline says so.
ALTER TABLE order_timeline
    DROP CONSTRAINT order_timeline_kind,
    ADD CONSTRAINT order_timeline_kind CHECK (kind IN ('heard', 'note', 'return', 'refund', 'claimed'));
