-- Guests' carts that were ordered as part of an account's, into which they were merged.
CREATE TABLE merged_carts (
    -- As `orders.cart_revision`.
    revision text NOT NULL,
    order_id uuid NOT NULL CONSTRAINT merged_carts_order REFERENCES orders,
    CONSTRAINT merged_carts_pk PRIMARY KEY (revision, order_id)
);

CREATE INDEX merged_carts_order_id ON merged_carts (order_id);

-- Whether a cart, or one that was merged into it, has been ordered by another way than by itself. Two ways at once wait for
-- each other, and the later sees the earlier, because each query of a volatile function sees all that was committed before
-- it began. An account's cart into which nothing was merged can be ordered by itself alone.
CREATE FUNCTION is_ordered_otherwise(state text, merged text[], of_guest boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF merged = '{}' AND NOT of_guest THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('cart ' || one, 0))
    FROM (SELECT unnest(merged || state) AS one ORDER BY 1) AS every;
    RETURN EXISTS (SELECT FROM merged_carts WHERE revision = state)
        OR EXISTS (SELECT FROM orders WHERE cart_revision = ANY (merged));
END
$$;
