-- A guest's order is opened by a token of its own, which order gives when a mail is sent.
ALTER TABLE contacts
    -- Of a guest: the one order this is the contact of.
    ADD COLUMN guest_of uuid;

ALTER TABLE notifications
    -- The guest's order whose token is put into the text when it is sent, and never stored.
    ADD COLUMN order_id uuid;
