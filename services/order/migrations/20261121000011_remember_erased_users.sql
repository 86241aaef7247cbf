-- Accounts that are gone. An access token may outlive its account by some minutes.
CREATE TABLE erased_users (
    user_id   uuid        CONSTRAINT erased_users_pk PRIMARY KEY,
    erased_at timestamptz NOT NULL
);

-- Whether an account is gone. Whoever asks holds its erasure off until the end of the transaction; and an erasure that was
-- waited for is seen, because each query of a volatile function sees all that was committed before it began.
CREATE FUNCTION is_erased(who uuid) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('erasure of ' || who::text, 0));
    RETURN EXISTS (SELECT FROM erased_users WHERE user_id = who);
END
$$;
