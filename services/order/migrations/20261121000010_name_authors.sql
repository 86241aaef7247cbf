-- Who did it, beside as what: the account of a person, where a person did it.
ALTER TABLE order_history
    -- NULL for events, the clock, and guests, who have no account.
    ADD COLUMN author uuid;

-- Changes of what prices are made of: who changed what, when, from what to what. Rows are never changed.
CREATE TABLE changes (
    -- UUIDv7: in the order of time.
    change_id  uuid        CONSTRAINT changes_pk PRIMARY KEY,
    subject    text        NOT NULL CONSTRAINT changes_subject CHECK (subject IN ('coupon', 'tax_rate')),
    subject_id uuid        NOT NULL,
    -- The account of who did it.
    author     uuid        NOT NULL,
    -- As it was; NULL of what is new.
    before     jsonb,
    -- As it became; NULL of what is gone.
    after      jsonb,
    at         timestamptz NOT NULL
);

CREATE INDEX changes_subject_newest ON changes (subject, subject_id, change_id DESC);

CREATE FUNCTION changes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'changes are only added to';
END
$$;

CREATE TRIGGER changes_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION changes_stay();
