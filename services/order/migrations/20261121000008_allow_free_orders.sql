-- An order may cost nothing, such as one whose coupons take all of it off.
ALTER TABLE orders
    DROP CONSTRAINT orders_total_positive,
    ADD CONSTRAINT orders_total CHECK (total_minor >= 0);
