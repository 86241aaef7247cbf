-- What the shop says in its own words; of each message the newest version counts. Nothing is changed or deleted here.
CREATE TABLE wordings (
    event_type text        NOT NULL,
    channel    text        NOT NULL CONSTRAINT wordings_channel_known CHECK (channel IN ('email', 'sms', 'push')),
    -- BCP 47 tag of the language.
    locale     text        NOT NULL,
    -- 1, 2, 3 … of a message.
    version    bigint      NOT NULL CONSTRAINT wordings_version_counted CHECK (version > 0),
    -- Empty for text messages.
    subject    text,
    -- Both NULL: from this version on the built-in text is sent again.
    body       text,
    edited_by  uuid        NOT NULL,
    edited_at  timestamptz NOT NULL,
    CONSTRAINT wordings_pk PRIMARY KEY (event_type, channel, locale, version),
    CONSTRAINT wordings_whole CHECK ((subject IS NULL) = (body IS NULL))
);
