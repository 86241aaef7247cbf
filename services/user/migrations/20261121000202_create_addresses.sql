-- Where parcels may go.
CREATE TABLE addresses (
    address_id     uuid        CONSTRAINT addresses_pk PRIMARY KEY,
    user_id        uuid        NOT NULL CONSTRAINT addresses_user REFERENCES profiles (user_id) ON DELETE CASCADE,
    -- What its owner calls it, such as "home".
    label          text,
    recipient      text        NOT NULL,
    phone          text,
    line1          text        NOT NULL,
    line2          text,
    city           text        NOT NULL,
    province       text,
    postal_code    text        NOT NULL,
    -- ISO 3166-1 alpha-2.
    country        text        NOT NULL CONSTRAINT addresses_country_code CHECK (country ~ '^[A-Z]{2}$'),
    -- Where parcels go when nothing else is said.
    preferred      boolean     NOT NULL,
    -- Grows with each change; the entity tag.
    version        bigint      NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);

CREATE INDEX addresses_user_id ON addresses (user_id, address_id);
-- At most one is preferred, whatever the code does.
CREATE UNIQUE INDEX addresses_one_preferred ON addresses (user_id) WHERE preferred;
