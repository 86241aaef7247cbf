-- $1 products, $2 generations, $3 the time: documents that ended before it are not made, $4 the shape of documents.
WITH chosen AS (
    SELECT p.* FROM products p WHERE p.product_id = ANY($1) AND p.status = 'active'
),
kinds AS (
    SELECT v.*, ARRAY(SELECT o.key || '=' || o.value FROM jsonb_each_text(v.options) AS o) AS choices
    FROM variants v JOIN chosen USING (product_id) WHERE v.status = 'active'
),
-- The moments at which a list that has a price of the product begins or ends.
edges AS (
    SELECT product_id, '-infinity'::timestamptz AS at FROM chosen
    UNION
    SELECT k.product_id, e.at
    FROM kinds k JOIN price_list_prices i USING (variant_id) JOIN price_lists l USING (price_list_id)
    CROSS JOIN LATERAL (VALUES (l.valid_from), (l.valid_until)) AS e (at)
    WHERE l.active AND e.at < 'infinity'
),
stretches AS (
    SELECT product_id, at AS valid_from, lead(at, 1, 'infinity') OVER (PARTITION BY product_id ORDER BY at) AS valid_until
    FROM edges
),
priced AS (
    SELECT s.product_id, s.valid_from, s.valid_until, k.position, k.variant_id, k.choices, k.currency,
        p.price_minor, compared_with(p.price_minor, k.price_minor, k.compare_at_minor) AS compare_at_minor
    FROM stretches s JOIN kinds k USING (product_id)
    -- `OFFSET 0` has the price looked up once, not wherever it is named.
    CROSS JOIN LATERAL (SELECT price_at(k.variant_id, k.price_minor, s.valid_from) AS price_minor OFFSET 0) p
    WHERE s.valid_until > $3
),
prices AS (
    SELECT product_id, valid_from, valid_until, min(price_minor) AS price_minor, max(price_minor) AS price_max_minor,
        -- Beside the lowest price stands what that variant is compared with.
        (array_agg(compare_at_minor ORDER BY price_minor, position, variant_id))[1] AS compare_at_minor,
        min(currency) AS currency, array_agg(DISTINCT price_minor) AS prices,
        bool_or(coalesce(compare_at_minor > price_minor, false)) AS on_sale
    FROM priced GROUP BY product_id, valid_from, valid_until
),
stocked AS (
    SELECT k.product_id, k.variant_id, bool_or(s.on_hand - s.reserved + s.backorder > 0) AS in_stock
    FROM kinds k JOIN stock_levels s USING (variant_id) JOIN locations l USING (location_id)
    WHERE l.active GROUP BY k.product_id, k.variant_id
),
available AS (
    SELECT DISTINCT product_id FROM stocked WHERE in_stock
),
chosen_values AS (
    SELECT k.product_id, array_agg(DISTINCT c) AS choices, string_agg(DISTINCT substr(c, strpos(c, '=') + 1), ' ') AS words
    FROM kinds k CROSS JOIN unnest(k.choices) AS c GROUP BY k.product_id
),
skus AS (
    SELECT product_id, string_agg(sku, ' ' ORDER BY position, sku) AS words, (array_agg(sku ORDER BY position))[1] AS sku
    FROM kinds GROUP BY product_id
),
texts AS (
    SELECT t.product_id, string_agg(t.name, ' ' ORDER BY t.locale) AS names,
        string_agg(t.description, ' ' ORDER BY t.locale) AS descriptions,
        jsonb_object_agg(t.locale, jsonb_build_object('name', t.name, 'summary', left(t.description, 300))) AS translations
    FROM product_translations t JOIN chosen USING (product_id) GROUP BY t.product_id
),
documents AS (
    INSERT INTO catalog_documents (generation, product_id, valid_from, valid_until, slug, sku, name, summary, translations, image,
        category_id, categories, price_minor, price_max_minor, compare_at_minor, currency, in_stock, choices, search, version,
        created_at, updated_at, shape, prices, on_sale)
    SELECT g.generation, c.product_id, p.valid_from, p.valid_until, c.slug, k.sku, c.name, left(c.description, 300),
        coalesce(t.translations, '{}'),
        (SELECT m.url FROM product_media m WHERE m.product_id = c.product_id ORDER BY m.position LIMIT 1),
        c.category_id, coalesce(a.path, '{}'), p.price_minor, p.price_max_minor, p.compare_at_minor, p.currency,
        b.product_id IS NOT NULL, coalesce(o.choices, '{}'),
        setweight(to_tsvector('folded', concat_ws(' ', c.name, t.names, o.words)), 'A')
            || setweight(to_tsvector('folded', k.words), 'B')
            || setweight(to_tsvector('folded', concat_ws(' ', c.description, t.descriptions)), 'C'),
        c.version, c.created_at, c.updated_at, $4, p.prices, p.on_sale
    FROM chosen c
    JOIN prices p USING (product_id)
    JOIN skus k USING (product_id)
    CROSS JOIN unnest($2::integer[]) AS g (generation)
    LEFT JOIN categories a ON a.category_id = c.category_id
    LEFT JOIN available b ON b.product_id = c.product_id
    LEFT JOIN chosen_values o ON o.product_id = c.product_id
    LEFT JOIN texts t ON t.product_id = c.product_id
    RETURNING generation, product_id, valid_from
)
INSERT INTO catalog_variants (generation, product_id, valid_from, variant_id, price_minor, compare_at_minor, in_stock, choices)
SELECT d.generation, p.product_id, p.valid_from, p.variant_id, p.price_minor, p.compare_at_minor, coalesce(s.in_stock, false),
    p.choices
FROM documents d
JOIN priced p USING (product_id, valid_from)
LEFT JOIN stocked s ON s.variant_id = p.variant_id
