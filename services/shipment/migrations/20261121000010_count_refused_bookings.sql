-- What staff have to hand to another carrier, counted for the alert.
CREATE INDEX bookings_refused ON bookings (parcel_id) WHERE state = 'refused';
