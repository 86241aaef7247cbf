-- Failures that were counted, by what they are counted for; rows are locked in the order of their keys.
CREATE TABLE throttles (
    -- What is counted: a kind, and a keyed hash of the address or the network. No address of a person is in it.
    key            text        CONSTRAINT throttles_pk PRIMARY KEY,
    failures       integer     NOT NULL CONSTRAINT throttles_failures_counted CHECK (failures >= 0),
    -- Until when failures have leaked away.
    leaked_at      timestamptz NOT NULL,
    -- Nothing is tried before.
    blocked_until  timestamptz NOT NULL
);

CREATE INDEX throttles_leaked_at ON throttles (leaked_at);

-- What an owner has logged in with before: their failures are counted apart from everybody else's.
CREATE TABLE known_devices (
    -- SHA-256 of the token that the device keeps.
    token_hash     bytea       CONSTRAINT known_devices_pk PRIMARY KEY,
    user_id        uuid        NOT NULL CONSTRAINT known_devices_user REFERENCES users (user_id) ON DELETE CASCADE,
    created_at     timestamptz NOT NULL,
    last_used_at   timestamptz NOT NULL,
    CONSTRAINT known_devices_token_hash_length CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX known_devices_user_id ON known_devices (user_id, last_used_at);
CREATE INDEX known_devices_last_used_at ON known_devices (last_used_at);

CREATE TABLE known_networks (
    user_id        uuid        NOT NULL CONSTRAINT known_networks_user REFERENCES users (user_id) ON DELETE CASCADE,
    -- IPv4 address or IPv6 /64.
    network        text        NOT NULL,
    last_used_at   timestamptz NOT NULL,
    CONSTRAINT known_networks_pk PRIMARY KEY (user_id, network)
);

CREATE INDEX known_networks_last_used_at ON known_networks (last_used_at);
