-- Variants hold the price and the SKU, stock_levels the stock, catalog_documents the search, allocations what an order
-- holds. Nothing was ever released that reads the old places, so this contraction needs no release in between.
DROP TABLE reservation_lines;

-- Made of the others, so it goes first.
ALTER TABLE products DROP COLUMN search;

ALTER TABLE products
    DROP COLUMN sku,
    DROP COLUMN price_minor,
    DROP COLUMN currency,
    DROP COLUMN on_hand,
    DROP COLUMN reserved;

DROP INDEX products_name, products_name_trigram, products_newest;
