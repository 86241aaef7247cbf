-- Parcels that their carrier has to be asked to take before it knows them, and to leave once they stay here.
CREATE TABLE bookings (
    parcel_id  uuid    CONSTRAINT bookings_pk PRIMARY KEY CONSTRAINT bookings_parcel REFERENCES parcels,
    -- Code of the carrier that is asked; the parcel may go with another in the end.
    carrier    text    NOT NULL,
    state      text    NOT NULL CONSTRAINT bookings_state CHECK (state IN
        ('wanted', 'booked', 'refused', 'unwanted', 'released')),
    -- When the carrier is asked next; NULL when there is nothing to ask.
    due_at     timestamptz,
    -- Calls that were begun since the state was entered.
    tries      integer NOT NULL DEFAULT 0,
    -- The number that the carrier gave, by which it is told that the parcel stays.
    tracking_number text,
    -- Where the carrier's own label is.
    label_url  text,
    -- Why the carrier does not take it.
    reason     text,
    CONSTRAINT bookings_asked CHECK ((due_at IS NOT NULL) = (state IN ('wanted', 'unwanted')))
);

CREATE INDEX bookings_due ON bookings (carrier, due_at) WHERE due_at IS NOT NULL;
