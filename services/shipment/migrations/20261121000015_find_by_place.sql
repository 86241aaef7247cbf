-- Staff of a place look for what it packs, the newest first.
CREATE INDEX parcels_place_id ON parcels ((place ->> 'id'), shipment_id) WHERE place IS NOT NULL;
CREATE INDEX parcels_place_code ON parcels ((place ->> 'code'), shipment_id) WHERE place IS NOT NULL;
