-- What coupons took off is what goods and shipping are cheaper by. Orders from before there were discounts keep NULL, and pass.
CREATE FUNCTION coupons_take(coupons jsonb) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT coalesce(sum((used #>> '{amount,amount_minor}')::bigint), 0)::bigint FROM jsonb_array_elements(coupons) AS used $$;

ALTER TABLE orders ADD CONSTRAINT orders_coupons_add_up CHECK (
    discount_minor + coalesce((shipping #>> '{price,amount_minor}')::bigint, shipping_minor) - shipping_minor
        -- Most orders have none: the function costs more than the rest of the row.
        = CASE coupons WHEN '[]' THEN 0 ELSE coupons_take(coupons) END) NOT VALID;
