-- Links sent to an address: whoever opens one has the mailbox.
CREATE TABLE link_requests (
    request_id     uuid        CONSTRAINT link_requests_pk PRIMARY KEY,
    user_id        uuid        NOT NULL CONSTRAINT link_requests_user REFERENCES users (user_id) ON DELETE CASCADE,
    purpose        text        NOT NULL
        CONSTRAINT link_requests_purpose_known CHECK (purpose IN ('verify_email', 'change_email', 'reset_password')),
    -- Where the link went. It is good only as long as that is the account's address, or is to become it.
    email          text        NOT NULL,
    -- SHA-256 of the token. The token follows from request_id and a secret that no table holds.
    token_hash     bytea       NOT NULL CONSTRAINT link_requests_token_hash_unique UNIQUE,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    -- When it was opened; a link is good once.
    used_at        timestamptz,
    CONSTRAINT link_requests_token_hash_length CHECK (octet_length(token_hash) = 32)
);

-- How many links an account got lately.
CREATE INDEX link_requests_user_id ON link_requests (user_id, purpose, created_at);
CREATE INDEX link_requests_expires_at ON link_requests (expires_at);

-- Forgotten passwords, as they came. A job answers them, so that asking is the same work whether or not there is an account.
CREATE TABLE reset_requests (
    request_id     uuid        CONSTRAINT reset_requests_pk PRIMARY KEY,
    email          text        NOT NULL,
    created_at     timestamptz NOT NULL
);
