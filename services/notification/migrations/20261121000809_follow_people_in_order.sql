ALTER TABLE contacts
    -- The change of address that was heard last; an older one that comes late changes nothing. 0: none yet.
    ADD COLUMN email_version   bigint NOT NULL DEFAULT 0,
    -- The same of the profile.
    ADD COLUMN profile_version bigint NOT NULL DEFAULT 0;
