-- One cart, one order: which state of the cart was ordered, as cart named it. NULL for orders from before.
ALTER TABLE orders
    ADD COLUMN cart_revision text CONSTRAINT orders_cart_once UNIQUE;
