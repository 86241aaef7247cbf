-- How documents are made: its number grows with what they hold. Those of an earlier number, also what replicas of an earlier
-- version write while the next is rolled out, are made anew by a job.
ALTER TABLE catalog_documents ADD COLUMN shape smallint NOT NULL DEFAULT 1;

CREATE INDEX catalog_documents_shape ON catalog_documents (shape);

-- The variants of a document that customers can buy: what a filter asks must hold for one of them.
CREATE TABLE catalog_variants (
    generation     integer     NOT NULL,
    product_id     uuid        NOT NULL,
    valid_from     timestamptz NOT NULL,
    variant_id     uuid        NOT NULL,
    price_minor    bigint      NOT NULL,
    compare_at_minor bigint,
    in_stock       boolean     NOT NULL,
    -- 'Size=L' for its value of each option.
    choices        text[]      NOT NULL,
    CONSTRAINT catalog_variants_pk PRIMARY KEY (generation, product_id, valid_from, variant_id),
    CONSTRAINT catalog_variants_document_fk FOREIGN KEY (generation, product_id, valid_from)
        REFERENCES catalog_documents (generation, product_id, valid_from) ON DELETE CASCADE
);

-- For lists by price: the cheapest variants that fit come first.
CREATE INDEX catalog_variants_price ON catalog_variants (generation, price_minor, product_id);

-- Until the job has been there, filters find what is there already.
INSERT INTO catalog_variants (generation, product_id, valid_from, variant_id, price_minor, compare_at_minor, in_stock, choices)
SELECT d.generation, d.product_id, d.valid_from, v.variant_id, price_at(v.variant_id, v.price_minor, d.valid_from),
    v.compare_at_minor,
    EXISTS (SELECT FROM stock_levels s JOIN locations l USING (location_id)
        WHERE s.variant_id = v.variant_id AND l.active AND s.on_hand - s.reserved + s.backorder > 0),
    ARRAY(SELECT o.key || '=' || o.value FROM jsonb_each_text(v.options) AS o)
FROM catalog_documents d JOIN variants v USING (product_id)
WHERE v.status = 'active';
