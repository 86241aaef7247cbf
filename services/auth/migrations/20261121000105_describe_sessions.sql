-- What the owner of a log-in sees of it.
ALTER TABLE token_families
    -- What the device calls itself, such as "Firefox on Linux".
    ADD COLUMN device       text,
    -- The address it was last used from.
    ADD COLUMN source       text,
    ADD COLUMN last_used_at timestamptz,
    -- When somebody last showed a password or a second factor for it.
    ADD COLUMN proven_at    timestamptz;

ALTER TABLE token_families DROP CONSTRAINT token_families_revoked_for_known;
ALTER TABLE token_families ADD CONSTRAINT token_families_revoked_for_known
    CHECK (revoked_for IN ('logout', 'reuse', 'owner', 'password', 'admin'));
