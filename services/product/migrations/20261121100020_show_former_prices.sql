-- What a price is compared with: while a list lowers it, the price without lists; else what the seller says, above the price.
-- The one place of the rule, as price_at is of prices.
CREATE FUNCTION compared_with(price bigint, own bigint, said bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN price < own THEN own WHEN said > price THEN said END
$$;
