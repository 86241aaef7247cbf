ALTER TABLE users
    -- Grows with each change of the address, and is told with it.
    ADD COLUMN email_version   bigint NOT NULL DEFAULT 0,
    -- The profile that was heard last; an older one that comes late changes nothing. 0: none yet.
    ADD COLUMN profile_version bigint NOT NULL DEFAULT 0;
