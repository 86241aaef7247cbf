-- The order's payments of which the provider reports another amount than was asked, as payment tells them until an
-- administrator has decided; null where there are none. [{"payment_id": …, "asked": {…}, "reported": {…}}].
ALTER TABLE orders ADD COLUMN held jsonb CONSTRAINT orders_held CHECK (jsonb_array_length(held) > 0);

CREATE INDEX orders_held ON orders (order_id) WHERE held IS NOT NULL;
