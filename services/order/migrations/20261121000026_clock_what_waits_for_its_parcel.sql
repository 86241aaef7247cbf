-- Since when an order is paid and nothing of it was handed over; null when it is not so. The database keeps it, so that it is
-- true of what a service of the version before moves, too.
ALTER TABLE orders ADD COLUMN waiting_since timestamptz;

UPDATE orders o SET waiting_since = coalesce(
    (SELECT max(h.at) FROM order_history h WHERE h.order_id = o.order_id AND h.to_state = 'confirmed'), o.updated_at)
WHERE o.state = 'confirmed';

CREATE FUNCTION note_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.waiting_since := CASE WHEN NEW.state = 'confirmed' THEN NEW.updated_at END;
    RETURN NEW;
END
$$;

CREATE TRIGGER orders_waiting BEFORE UPDATE OF state ON orders
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION note_waiting();

CREATE INDEX orders_waiting ON orders (waiting_since) WHERE waiting_since IS NOT NULL;
