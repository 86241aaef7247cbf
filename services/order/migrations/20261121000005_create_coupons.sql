CREATE TABLE coupons (
    -- UUIDv7.
    coupon_id      uuid        CONSTRAINT coupons_pk PRIMARY KEY,
    -- What customers type, in capitals.
    code           text        NOT NULL CONSTRAINT coupons_code_unique UNIQUE,
    -- {"kind": "percent", "ppm": …}, {"kind": "fixed", "amount": …} or {"kind": "free_shipping"}.
    benefit        jsonb       NOT NULL,
    -- What the goods must come to before any discount.
    minimum        jsonb,
    starts_at      timestamptz,
    ends_at        timestamptz,
    -- Orders that may use it: in all, and of one customer.
    limit_total    int CONSTRAINT coupons_limit_total CHECK (limit_total > 0),
    limit_per_user int CONSTRAINT coupons_limit_per_user CHECK (limit_per_user > 0),
    -- Whether other coupons may be used with it.
    combines       boolean     NOT NULL,
    active         boolean     NOT NULL,
    -- Orders that use it now; counted under the lock of this row, by the transaction that places or ends an order.
    used           int         NOT NULL DEFAULT 0
        CONSTRAINT coupons_used CHECK (used >= 0),
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);

CREATE TABLE coupon_redemptions (
    coupon_id     uuid        NOT NULL CONSTRAINT coupon_redemptions_coupon REFERENCES coupons,
    order_id      uuid        NOT NULL CONSTRAINT coupon_redemptions_order REFERENCES orders,
    user_id       uuid        NOT NULL,
    -- SHA-256 of the lower-cased address: a guest has no account to count by. NULL when it was erased.
    email_hash    bytea,
    redeemed_at   timestamptz NOT NULL,
    -- When the order was rejected or cancelled; such a use does not count.
    given_back_at timestamptz,
    CONSTRAINT coupon_redemptions_pk PRIMARY KEY (coupon_id, order_id)
);

CREATE INDEX coupon_redemptions_user ON coupon_redemptions (coupon_id, user_id) WHERE given_back_at IS NULL;
CREATE INDEX coupon_redemptions_email ON coupon_redemptions (coupon_id, email_hash) WHERE given_back_at IS NULL;
CREATE INDEX coupon_redemptions_order ON coupon_redemptions (order_id);
