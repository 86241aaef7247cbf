-- A customer may send more than was asked, and an administrator take it. What goes back is bounded by what came, where
-- payment told it (a NULL passes): money that came after the end, or was sent back at once, is told only when it goes.
ALTER TABLE orders
    DROP CONSTRAINT orders_paid,
    ADD CONSTRAINT orders_paid CHECK (paid_minor >= 0),
    DROP CONSTRAINT orders_refunded_within_total,
    ADD CONSTRAINT orders_refunded_within_paid CHECK (refunded_minor BETWEEN 0 AND paid_minor);
