-- How the disputes of an order's payment stand together, as payment tells it; null where the customer contested nothing.
ALTER TABLE orders ADD COLUMN dispute text CONSTRAINT orders_dispute CHECK (dispute IN ('open', 'won', 'lost'));

CREATE INDEX orders_disputed ON orders (order_id) WHERE dispute IS NOT NULL;
