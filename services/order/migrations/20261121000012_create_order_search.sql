-- By what staff find orders. Beside the orders, because it is written once, while every step of an order would write its
-- trigrams again.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE order_search (
    order_id    uuid   CONSTRAINT order_search_pk PRIMARY KEY CONSTRAINT order_search_order REFERENCES orders,
    -- Number, address, names, phones and SKUs in small letters, a line each; those of people go when they are erased.
    words       text   NOT NULL,
    -- A copy, to sort by.
    total_minor bigint NOT NULL
);

INSERT INTO order_search (order_id, words, total_minor)
SELECT o.order_id, lower(concat_ws(E'\n', o.number, o.email, o.contact ->> 'name', o.contact ->> 'phone',
    o.shipping_address ->> 'recipient', o.shipping_address ->> 'phone',
    (SELECT string_agg(l.sku, E'\n') FROM order_lines l WHERE l.order_id = o.order_id))), o.total_minor
FROM orders o;

-- New words are gathered and sorted in by few at a time: no checkout waits for those of thousands before it.
CREATE INDEX order_search_words ON order_search USING gin (words gin_trgm_ops) WITH (gin_pending_list_limit = 256);
CREATE INDEX order_search_total ON order_search (total_minor, order_id);
