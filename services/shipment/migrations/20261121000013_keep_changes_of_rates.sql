-- Changes of rates: who changed which, when, from what to what. Rows are never changed.
CREATE TABLE changes (
    -- UUIDv7: in the order of time.
    change_id uuid        CONSTRAINT changes_pk PRIMARY KEY,
    -- Which rate; it may be gone.
    rate_id   uuid        NOT NULL,
    -- The account of who did it.
    author    uuid        NOT NULL,
    -- Its terms as they were; NULL of what is new.
    before    jsonb,
    -- As they became; NULL of what is gone.
    after     jsonb,
    at        timestamptz NOT NULL
);

CREATE INDEX changes_rate_newest ON changes (rate_id, change_id DESC);

CREATE FUNCTION changes_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'changes are only added to';
END
$$;

CREATE TRIGGER changes_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION changes_stay();
