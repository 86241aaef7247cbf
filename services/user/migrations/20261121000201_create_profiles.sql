-- What somebody says of themselves; made from the registration event.
CREATE TABLE profiles (
    user_id        uuid        CONSTRAINT profiles_pk PRIMARY KEY,
    -- Auth's: a copy for display, changed by nobody here.
    email          text        NOT NULL,
    name           text        NOT NULL CONSTRAINT profiles_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
    -- BCP 47 tag.
    locale         text        NOT NULL,
    -- E.164.
    phone          text,
    -- Grows with each change; the entity tag.
    version        bigint      NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
