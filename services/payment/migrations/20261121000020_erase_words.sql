-- Staff may name a person where they say why: such words don't outlive the person's account.
-- What is kept of words that staff write about a payment.
CREATE FUNCTION kept_words(of_payment uuid, words text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    customer uuid;
BEGIN
    -- Waits for an erasure under way, which holds the customer's payments; the next statement sees what it left.
    SELECT user_id INTO customer FROM payments WHERE payment_id = of_payment FOR SHARE;
    RETURN CASE WHEN EXISTS (SELECT FROM erased_users WHERE user_id = customer) THEN 'erased' ELSE words END;
END
$$;
