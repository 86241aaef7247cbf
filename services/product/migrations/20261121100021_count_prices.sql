-- What facets count, beside in_stock and choices: so that a catalogue is counted without a look at each variant.
ALTER TABLE catalog_documents
    -- The different prices of its variants.
    ADD COLUMN prices bigint[] NOT NULL DEFAULT '{}',
    -- Whether one of them costs less than what it is compared with.
    ADD COLUMN on_sale boolean NOT NULL DEFAULT false;

UPDATE catalog_documents d SET prices = v.prices, on_sale = v.on_sale
FROM (
    SELECT generation, product_id, valid_from, array_agg(DISTINCT price_minor) AS prices,
        bool_or(coalesce(compare_at_minor > price_minor, false)) AS on_sale
    FROM catalog_variants GROUP BY generation, product_id, valid_from
) v
WHERE (v.generation, v.product_id, v.valid_from) = (d.generation, d.product_id, d.valid_from);
