-- Each change of what is told of parcels is the next version, so that who hears of two knows the later.
ALTER TABLE shipments ADD COLUMN version bigint NOT NULL DEFAULT 1;

-- Where customers follow a parcel, as staff say; NULL where its carrier alone knows.
ALTER TABLE parcels ADD COLUMN tracking_url text;
