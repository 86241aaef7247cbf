ALTER TABLE parcels
    -- Where it is packed: {"id": …, "code": …, "name": …}, as the place was called then; NULL where nobody said.
    ADD COLUMN place jsonb,
    -- Whether the shop had yet to get what is inside: then staff alone hand it over.
    ADD COLUMN backordered boolean NOT NULL DEFAULT false;
