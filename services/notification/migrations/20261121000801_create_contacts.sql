-- How to reach somebody; made from the registration event.
CREATE TABLE contacts (
    user_id        uuid        CONSTRAINT contacts_pk PRIMARY KEY,
    email          text        NOT NULL,
    name           text        NOT NULL,
    -- BCP 47 tag.
    locale         text        NOT NULL,
    created_at     timestamptz NOT NULL
);

-- What people call an order: payments and parcels speak of it by its id alone.
CREATE TABLE order_numbers (
    order_id       uuid        CONSTRAINT order_numbers_pk PRIMARY KEY,
    number         text        NOT NULL
);
