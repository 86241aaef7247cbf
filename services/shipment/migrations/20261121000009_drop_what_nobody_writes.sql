-- Since before the first release what happened to parcels is in parcel_events, and an order that was cancelled first is a
-- shipment without an address.
DROP TABLE tracking_events, cancelled_orders;
