ALTER TABLE coupons
    -- The goods it is for: {"product_ids": […], "category_ids": […], "skus": […]}. NULL for all. Never changes.
    ADD COLUMN applies_to jsonb;
