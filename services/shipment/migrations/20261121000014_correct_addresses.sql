ALTER TABLE shipments
    -- Of the newest news of the address that was acted on: what is older changes nothing. That of the checkout is 1.
    ADD COLUMN address_version bigint NOT NULL DEFAULT 1,
    -- Where everything is to go instead, once the carriers that took parcels have let go of them; NULL where nothing waits.
    ADD COLUMN next_address jsonb,
    ADD COLUMN next_address_version bigint,
    ADD CONSTRAINT shipments_next_address CHECK ((next_address IS NULL) = (next_address_version IS NULL));

-- Under which the carrier is asked, where the parcel is booked anew; NULL where it is the parcel's own id.
ALTER TABLE bookings ADD COLUMN key uuid;
