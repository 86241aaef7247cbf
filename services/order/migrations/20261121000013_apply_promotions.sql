-- Promotions: coupons that apply by themselves.
ALTER TABLE coupons
    -- Nobody types its code: it is used wherever its conditions hold and it is the best for the customer.
    ADD COLUMN automatic boolean NOT NULL DEFAULT false;

CREATE INDEX coupons_promotions ON coupons (coupon_id) WHERE automatic AND active;
