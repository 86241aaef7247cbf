-- The change of address that was heard last; an older one that comes late changes nothing. 0: none yet.
ALTER TABLE profiles ADD COLUMN email_version bigint NOT NULL DEFAULT 0;
