-- Every message to a person: what was to be sent, and what became of it.
CREATE TABLE notifications (
    notification_id  uuid        CONSTRAINT notifications_pk PRIMARY KEY,
    user_id          uuid        NOT NULL CONSTRAINT notifications_user REFERENCES contacts (user_id),
    -- The event that caused it.
    event_id         uuid        NOT NULL,
    event_type       text        NOT NULL,
    channel          text        NOT NULL CONSTRAINT notifications_channel_known CHECK (channel IN ('email')),
    -- Where it goes, as known when it was written.
    recipient        text        NOT NULL,
    subject          text        NOT NULL,
    body             text        NOT NULL,
    state            text        NOT NULL CONSTRAINT notifications_state_known CHECK (state IN ('pending', 'sent', 'skipped', 'failed')),
    -- How often sending was begun.
    attempts         integer     NOT NULL,
    -- When it is to be tried; while it is being tried, when the attempt counts as lost.
    next_attempt_at  timestamptz NOT NULL,
    -- Why the last attempt failed.
    last_error       text,
    created_at       timestamptz NOT NULL,
    -- When its outcome was recorded.
    finished_at      timestamptz,
    CONSTRAINT notifications_one_each UNIQUE (event_id, channel, user_id),
    CONSTRAINT notifications_finished CHECK ((state = 'pending') = (finished_at IS NULL))
);

CREATE INDEX notifications_due ON notifications (next_attempt_at) WHERE state = 'pending';
CREATE INDEX notifications_user_id ON notifications (user_id, notification_id DESC);
