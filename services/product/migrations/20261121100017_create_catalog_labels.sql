-- What options and their values are called in other languages, one label for all products of the shop: that of whichever was
-- indexed last. Labels that no product has any more do no harm, and go at the next reindex.
CREATE TABLE catalog_labels (
    -- 'Size', or 'Size=L'.
    choice  text NOT NULL,
    locale  text NOT NULL,
    label   text NOT NULL,
    CONSTRAINT catalog_labels_pk PRIMARY KEY (choice, locale)
);

-- The same of each product, as whoever edits it wrote it.
CREATE VIEW option_labels AS
SELECT p.product_id, l.choice, t.locale, l.label
FROM products p
CROSS JOIN LATERAL jsonb_array_elements(p.options) AS o (axis)
CROSS JOIN LATERAL jsonb_each(o.axis -> 'translations') AS t (locale, said)
CROSS JOIN LATERAL (
    SELECT o.axis ->> 'name' AS choice, t.said ->> 'name' AS label
    UNION ALL
    SELECT (o.axis ->> 'name') || '=' || v.key, v.value FROM jsonb_each_text(t.said -> 'values') AS v
) l;

INSERT INTO catalog_labels (choice, locale, label)
SELECT DISTINCT ON (choice, locale) choice, locale, label FROM option_labels ORDER BY choice, locale, product_id DESC;
