-- One log-in on one device: every refresh token that descends from it.
CREATE TABLE token_families (
    family_id      uuid        CONSTRAINT token_families_pk PRIMARY KEY,
    user_id        uuid        NOT NULL CONSTRAINT token_families_user REFERENCES users (user_id) ON DELETE CASCADE,
    created_at     timestamptz NOT NULL,
    -- When its newest token ends; swept some time after.
    expires_at     timestamptz NOT NULL,
    -- Set at log-out or when a used token came back: no token of it is good any more.
    revoked_at     timestamptz,
    revoked_for    text        CONSTRAINT token_families_revoked_for_known CHECK (revoked_for IN ('logout', 'reuse')),
    CONSTRAINT token_families_revoked_for_reason CHECK ((revoked_at IS NULL) = (revoked_for IS NULL))
);

CREATE INDEX token_families_user_id ON token_families (user_id);
CREATE INDEX token_families_expires_at ON token_families (expires_at);

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token: the token itself has 256 random bits, so nothing slower is needed, and a leak of this table opens no account.
    token_hash     bytea       CONSTRAINT refresh_tokens_pk PRIMARY KEY,
    family_id      uuid        NOT NULL CONSTRAINT refresh_tokens_family REFERENCES token_families (family_id) ON DELETE CASCADE,
    issued_at      timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    -- When it was exchanged for the next one; a token is good once.
    used_at        timestamptz,
    CONSTRAINT refresh_tokens_token_hash_length CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX refresh_tokens_family_id ON refresh_tokens (family_id);
