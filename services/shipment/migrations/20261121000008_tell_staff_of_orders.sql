-- What staff are told of an order: who moved its parcels, and when carriers refused them or let go of them.
ALTER TABLE parcel_events
    -- The account of who of the shop did it; NULL for what the order or the carrier brought about.
    ADD COLUMN author uuid;

ALTER TABLE bookings
    ADD COLUMN refused_at  timestamptz,
    -- When the carrier knew that the parcel stays; NULL where it was never asked.
    ADD COLUMN released_at timestamptz;
