-- Accounts that claimed an order which they had placed as guests. News of the order that is older than the claim, or comes
-- late, still names the guest.
CREATE TABLE claimed_orders (
    order_id uuid CONSTRAINT claimed_orders_pk PRIMARY KEY,
    -- Whose it is now.
    user_id  uuid NOT NULL
);

-- Whose an order is, which news names `told`. Whoever asks holds its claim off until the end of the transaction; and a claim
-- that was waited for is seen, because each query of a volatile function sees all that was committed before it began.
CREATE FUNCTION owner_of(of_order uuid, told uuid) RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('claim of ' || of_order::text, 0));
    RETURN coalesce((SELECT user_id FROM claimed_orders WHERE order_id = of_order), told);
END
$$;

-- Whether an account is gone. Whoever asks holds its erasure off, as above.
CREATE FUNCTION is_erased(who uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('erasure of ' || who::text, 0));
    RETURN EXISTS (SELECT FROM erased_users WHERE user_id = who);
END
$$;
