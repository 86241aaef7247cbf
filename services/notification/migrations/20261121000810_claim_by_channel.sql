-- Claims are made by channel: what waits in one is not read for another.
DROP INDEX notifications_due;
CREATE INDEX notifications_due ON notifications (channel, next_attempt_at) WHERE state = 'pending';
