-- Accounts that are gone. What an order of theirs ships later is erased at its end, too: the confirmation of an order and the
-- deletion of an account come by different streams, in any order.
CREATE TABLE erased_users (
    user_id    uuid        CONSTRAINT erased_users_pk PRIMARY KEY,
    erased_at  timestamptz NOT NULL
);
