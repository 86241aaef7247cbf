-- Who may log in.
CREATE TABLE users (
    user_id        uuid        CONSTRAINT users_pk PRIMARY KEY,
    -- Normalised (trimmed, lower case): one account an address.
    email          text        NOT NULL CONSTRAINT users_email_unique UNIQUE,
    -- PHC string: algorithm and parameters beside salt and hash, so that they can be raised later.
    password_hash  text        NOT NULL,
    -- The greatest role; it includes the lesser ones.
    role           text        NOT NULL CONSTRAINT users_role_known CHECK (role IN ('customer', 'staff', 'admin')),
    created_at     timestamptz NOT NULL,
    CONSTRAINT users_email_normalised CHECK (email = lower(btrim(email)))
);
