-- Messages of an order, for staff who look at it.
ALTER TABLE notifications
    -- The order that it speaks of, whoever placed it; NULL for what speaks of none.
    ADD COLUMN about uuid;

CREATE INDEX notifications_about ON notifications (about) WHERE about IS NOT NULL;
