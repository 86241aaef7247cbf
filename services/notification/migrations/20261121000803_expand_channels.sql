-- Text messages and push beside email; what was refused by whom; what people want to hear.
ALTER TABLE contacts
    -- E.164; from the profile, or from the order of a guest.
    ADD COLUMN phone      text,
    -- When the account was deleted: the rest of the row is empty then, and nothing is written to it any more.
    ADD COLUMN deleted_at timestamptz;

ALTER TABLE notifications
    DROP CONSTRAINT notifications_channel_known,
    ADD CONSTRAINT notifications_channel_known CHECK (channel IN ('email', 'sms', 'push')),
    -- The HTML part of an email.
    ADD COLUMN html         text,
    -- What it is about; preferences are by topic.
    ADD COLUMN topic        text    NOT NULL DEFAULT 'orders'
        CONSTRAINT notifications_topic_known CHECK (topic IN ('security', 'orders', 'news')),
    -- Why it was skipped.
    ADD COLUMN reason       text,
    -- The request of auth whose secret token is put into the text when it is sent, and never stored.
    ADD COLUMN request_id   uuid,
    -- Sending was begun and its outcome is not recorded yet.
    ADD COLUMN begun        boolean NOT NULL DEFAULT false,
    -- What the provider calls it.
    ADD COLUMN provider_id  text,
    -- When the provider said that it arrived.
    ADD COLUMN delivered_at timestamptz;

CREATE UNIQUE INDEX notifications_provider_id ON notifications (provider_id) WHERE provider_id IS NOT NULL;

-- What somebody wants to hear, where it is not the default.
CREATE TABLE preferences (
    user_id    uuid        NOT NULL,
    topic      text        NOT NULL,
    channel    text        NOT NULL,
    enabled    boolean     NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT preferences_pk PRIMARY KEY (user_id, topic, channel)
);

-- Where push messages go.
CREATE TABLE devices (
    device_id  uuid        CONSTRAINT devices_pk PRIMARY KEY,
    user_id    uuid        NOT NULL,
    kind       text        NOT NULL CONSTRAINT devices_kind_known CHECK (kind IN ('fcm', 'web_push')),
    -- FCM's registration token, or the browser's endpoint.
    address    text        NOT NULL CONSTRAINT devices_address_unique UNIQUE,
    -- The browser's keys (RFC 8291), base64url.
    p256dh     text,
    auth       text,
    created_at timestamptz NOT NULL,
    CONSTRAINT devices_keys CHECK ((kind = 'web_push') = (p256dh IS NOT NULL AND auth IS NOT NULL))
);

CREATE INDEX devices_user_id ON devices (user_id);

-- Devices that have a push message already: another attempt leaves them alone.
CREATE TABLE push_deliveries (
    notification_id uuid NOT NULL CONSTRAINT push_deliveries_notification REFERENCES notifications ON DELETE CASCADE,
    device_id       uuid NOT NULL,
    CONSTRAINT push_deliveries_pk PRIMARY KEY (notification_id, device_id)
);

-- Addresses that are not written to any more.
CREATE TABLE suppressions (
    -- Lower case.
    address       text        CONSTRAINT suppressions_pk PRIMARY KEY,
    reason        text        NOT NULL CONSTRAINT suppressions_reason_known CHECK (reason IN ('bounce', 'complaint')),
    suppressed_at timestamptz NOT NULL
);

-- Emails that came back, and complaints; rows are never changed.
CREATE TABLE bounces (
    -- The teller's own name for it: what is told twice is written once.
    bounce_key text        CONSTRAINT bounces_pk PRIMARY KEY,
    address    text        NOT NULL,
    kind       text        NOT NULL CONSTRAINT bounces_kind_known CHECK (kind IN ('hard', 'soft', 'complaint')),
    -- As the mail server or the provider says it.
    detail     text        NOT NULL,
    at         timestamptz NOT NULL
);

CREATE INDEX bounces_address ON bounces (address);
