-- The number people read; gaps are fine, two orders never share one.
CREATE SEQUENCE order_numbers;

CREATE TABLE orders (
    -- UUIDv7: sorted by the time of checkout.
    order_id         uuid        CONSTRAINT orders_pk PRIMARY KEY,
    -- Such as KOPI-000042.
    number           text        NOT NULL CONSTRAINT orders_number_unique UNIQUE,
    user_id          uuid        NOT NULL,
    state            text        NOT NULL CONSTRAINT orders_state CHECK (state IN
        ('placed', 'awaiting_payment', 'confirmed', 'shipped', 'completed', 'rejected', 'cancelled')),
    -- ISO 4217; every amount of the order is in it.
    currency         text        NOT NULL,
    total_minor      bigint      NOT NULL CONSTRAINT orders_total_positive CHECK (total_minor > 0),
    -- What went back so far, as payment says it.
    refunded_minor   bigint      NOT NULL DEFAULT 0
        CONSTRAINT orders_refunded_within_total CHECK (refunded_minor BETWEEN 0 AND total_minor),
    payment_provider text        NOT NULL,
    -- The provider's token for the customer's means of payment; never shown.
    payment_token    text,
    -- What the customer has to do to pay, while there is something.
    next_action      jsonb,
    -- A copy: the address book may change, the order does not.
    shipping_address jsonb       NOT NULL,
    carrier          text,
    tracking_number  text,
    -- Why it will not be served; set in rejected and cancelled alone.
    cancel_reason    text
        CONSTRAINT orders_cancel_reason CHECK ((cancel_reason IS NOT NULL) = (state IN ('rejected', 'cancelled'))),
    -- An order that is not paid by then is cancelled.
    deadline_at      timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

-- The list of a customer, newest first.
CREATE INDEX orders_user_newest ON orders (user_id, order_id DESC);
-- The deadline job.
CREATE INDEX orders_deadline ON orders (deadline_at) WHERE state IN ('placed', 'awaiting_payment');

CREATE TABLE order_lines (
    order_id         uuid        NOT NULL CONSTRAINT order_lines_order REFERENCES orders,
    -- From 0, in the order of the cart.
    position         int         NOT NULL,
    product_id       uuid        NOT NULL,
    -- sku, name and price as they were at checkout.
    sku              text        NOT NULL,
    name             text        NOT NULL,
    quantity         int         NOT NULL CONSTRAINT order_lines_quantity_positive CHECK (quantity > 0),
    unit_price_minor bigint      NOT NULL CONSTRAINT order_lines_price CHECK (unit_price_minor >= 0),
    CONSTRAINT order_lines_pk PRIMARY KEY (order_id, position)
);
