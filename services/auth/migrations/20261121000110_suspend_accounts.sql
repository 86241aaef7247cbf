ALTER TABLE users
    -- Since when nobody logs in to it; none: it is not suspended.
    ADD COLUMN suspended_at  timestamptz,
    -- Why, in the words of the administrator who did it. It goes with the account, which the audit log does not.
    ADD COLUMN suspended_for text CONSTRAINT users_suspended_for_length CHECK (char_length(suspended_for) BETWEEN 1 AND 500),
    ADD CONSTRAINT users_suspended_for_reason CHECK ((suspended_at IS NULL) = (suspended_for IS NULL));
