-- Events whose effect is in this database.
CREATE TABLE inbox (
    event_id     uuid        CONSTRAINT inbox_pk PRIMARY KEY,
    event_type   text        NOT NULL,
    -- Rows older than the streams keep messages are swept.
    handled_at   timestamptz NOT NULL
);

CREATE INDEX inbox_handled_at ON inbox (handled_at);
