-- How a total comes about, who ordered, and how it is shipped. Orders from before keep NULL: their total is the sum of
-- prices, without discount, tax and shipping.
ALTER TABLE orders
    -- Prices times quantities, minor units like every amount here.
    ADD COLUMN subtotal_minor     bigint CONSTRAINT orders_subtotal CHECK (subtotal_minor >= 0),
    -- What coupons take off the goods.
    ADD COLUMN discount_minor     bigint CONSTRAINT orders_discount CHECK (discount_minor BETWEEN 0 AND subtotal_minor),
    ADD COLUMN shipping_minor     bigint CONSTRAINT orders_shipping CHECK (shipping_minor >= 0),
    ADD COLUMN shipping_tax_minor bigint CONSTRAINT orders_shipping_tax CHECK (shipping_tax_minor >= 0),
    -- All tax, that on shipping included.
    ADD COLUMN tax_minor          bigint CONSTRAINT orders_tax CHECK (tax_minor >= shipping_tax_minor),
    -- Whether prices hold their tax already.
    ADD COLUMN prices_include_tax boolean,
    -- The coupons used, each with what it took off.
    ADD COLUMN coupons            jsonb  NOT NULL DEFAULT '[]',
    -- Service, price and quote, where the shop has rates.
    ADD COLUMN shipping           jsonb,
    -- The way to pay at the provider, and where the customer goes afterwards.
    ADD COLUMN payment_method     text,
    ADD COLUMN payment_return_url text,
    -- Whom to tell, as given at checkout; NULL when the account says it or it was erased.
    ADD COLUMN contact            jsonb,
    -- Lower-cased, for the search; NULL when it was erased.
    ADD COLUMN email              text,
    -- The customer's words to the shop.
    ADD COLUMN note               text,
    -- Its account is gone: what it knows of the person goes too once it has ended.
    ADD COLUMN forget             boolean NOT NULL DEFAULT false,
    -- SHA-256 of what a guest shows to see the order; NULL for orders of accounts.
    ADD COLUMN access_hash        bytea,
    -- SHA-256 (hexadecimal) of the token of the guest's cart.
    ADD COLUMN cart_hash          text,
    -- What payment captured, which may be less than the total; NULL before.
    ADD COLUMN paid_minor         bigint CONSTRAINT orders_paid CHECK (paid_minor BETWEEN 0 AND total_minor),
    -- From then on returns are taken.
    ADD COLUMN completed_at       timestamptz,
    ADD CONSTRAINT orders_adds_up CHECK (
        total_minor = subtotal_minor - discount_minor + shipping_minor
            + CASE WHEN prices_include_tax THEN 0 ELSE tax_minor END);

-- Staff look for orders by address, and by state, newest first. Numbers have their index.
CREATE INDEX orders_email_newest ON orders (email, order_id DESC) WHERE email IS NOT NULL;
CREATE INDEX orders_state_newest ON orders (state, order_id DESC);

ALTER TABLE order_lines
    -- NULL: the default variant, which has the UUID of its product.
    ADD COLUMN variant_id     uuid,
    ADD COLUMN variant_name   text,
    ADD COLUMN tax_class      text,
    -- Of one item.
    ADD COLUMN weight_grams   bigint,
    -- The line's share of the order's discount.
    ADD COLUMN discount_minor bigint CONSTRAINT order_lines_discount CHECK (discount_minor >= 0),
    ADD COLUMN tax_minor      bigint CONSTRAINT order_lines_tax CHECK (tax_minor >= 0),
    -- Parts per million.
    ADD COLUMN tax_rate_ppm   int CONSTRAINT order_lines_tax_rate CHECK (tax_rate_ppm BETWEEN 0 AND 1000000),
    -- What is paid for the line.
    ADD COLUMN total_minor    bigint CONSTRAINT order_lines_total CHECK (total_minor >= 0),
    -- Items that returns have taken, those only asked for included.
    ADD COLUMN returning_items int NOT NULL DEFAULT 0
        CONSTRAINT order_lines_returning CHECK (returning_items BETWEEN 0 AND quantity),
    -- Items whose money went back or is on its way, and how much that is.
    ADD COLUMN refunded_items int NOT NULL DEFAULT 0
        CONSTRAINT order_lines_refunded_items CHECK (refunded_items BETWEEN 0 AND returning_items),
    ADD COLUMN refunded_minor bigint NOT NULL DEFAULT 0
        CONSTRAINT order_lines_refunded CHECK (refunded_minor BETWEEN 0 AND coalesce(total_minor, unit_price_minor * quantity));

ALTER TABLE order_history DROP CONSTRAINT order_history_actor;
ALTER TABLE order_history ADD CONSTRAINT order_history_actor CHECK (actor IN
    ('customer', 'staff', 'admin', 'clock', 'product', 'payment', 'shipment'));
