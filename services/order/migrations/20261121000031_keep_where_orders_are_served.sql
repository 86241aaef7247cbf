-- From where an order's items are served, as product told when it set them aside; null where that was not heard.
-- [{"variant_id": …, "place": {"id": …, "code": …, "name": …}, "quantity": n, "backordered": n}].
ALTER TABLE orders ADD COLUMN served_from jsonb;
