-- Users whose data was erased: an event of before that comes late brings nothing back.
CREATE TABLE erased_users (
    user_id        uuid        CONSTRAINT erased_users_pk PRIMARY KEY,
    erased_at      timestamptz NOT NULL
);
