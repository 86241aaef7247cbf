-- The last order of each cart. An order is placed after the one that it knows to be the last, and after no other: what a
-- cart that has not heard of an order still holds is not ordered again.
CREATE TABLE cart_turns (
    -- `usr_…`, or `guest:` and the SHA-256 of the cart's token, hexadecimal.
    cart     text NOT NULL CONSTRAINT cart_turns_pk PRIMARY KEY,
    order_id uuid NOT NULL CONSTRAINT cart_turns_order REFERENCES orders
);

CREATE INDEX cart_turns_order_id ON cart_turns (order_id);

-- The same things in a cart again are another cart; of guests' carts those are asked for that live on in an account's.
ALTER TABLE orders DROP CONSTRAINT orders_cart_once;
CREATE INDEX orders_cart_revision ON orders (cart_revision) WHERE cart_hash IS NOT NULL;

CREATE OR REPLACE FUNCTION is_ordered_otherwise(state text, merged text[], of_guest boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF merged = '{}' AND NOT of_guest THEN
        RETURN false;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('cart ' || one, 0))
    FROM (SELECT unnest(merged || state) AS one ORDER BY 1) AS every;
    RETURN EXISTS (SELECT FROM merged_carts WHERE revision = state)
        OR EXISTS (SELECT FROM orders WHERE cart_hash IS NOT NULL AND cart_revision = ANY (merged));
END
$$;
