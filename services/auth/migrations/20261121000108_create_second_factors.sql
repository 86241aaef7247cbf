-- Secrets that devices make codes from (RFC 6238).
CREATE TABLE totp_secrets (
    user_id        uuid        CONSTRAINT totp_secrets_pk PRIMARY KEY
        CONSTRAINT totp_secrets_user REFERENCES users (user_id) ON DELETE CASCADE,
    -- AES-256-GCM, bound to user_id; the key is in no table.
    sealed         bytea       NOT NULL,
    created_at     timestamptz NOT NULL,
    -- When its owner first sent a code of it; it asks for nothing before.
    confirmed_at   timestamptz,
    -- The time step of the last code taken: it and those before are never taken again.
    last_step      bigint
);

CREATE TABLE recovery_codes (
    -- SHA-256 of the code, which has 80 random bits.
    code_hash      bytea       CONSTRAINT recovery_codes_pk PRIMARY KEY,
    user_id        uuid        NOT NULL CONSTRAINT recovery_codes_user REFERENCES users (user_id) ON DELETE CASCADE,
    used_at        timestamptz,
    CONSTRAINT recovery_codes_code_hash_length CHECK (octet_length(code_hash) = 32)
);

CREATE INDEX recovery_codes_user_id ON recovery_codes (user_id);

-- Log-ins whose password was right and whose second factor is awaited.
CREATE TABLE login_challenges (
    token_hash     bytea       CONSTRAINT login_challenges_pk PRIMARY KEY,
    user_id        uuid        NOT NULL CONSTRAINT login_challenges_user REFERENCES users (user_id) ON DELETE CASCADE,
    -- What the session will be called.
    device         text,
    expires_at     timestamptz NOT NULL,
    CONSTRAINT login_challenges_token_hash_length CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX login_challenges_user_id ON login_challenges (user_id);
CREATE INDEX login_challenges_expires_at ON login_challenges (expires_at);
