ALTER TABLE attempts
    -- The administrator who wanted it: a user's id; NULL for what the order, the clock or the provider brought about.
    ADD COLUMN author uuid;
