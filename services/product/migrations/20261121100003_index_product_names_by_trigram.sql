-- Finds names that are typed wrongly or in part. A trusted extension (PostgreSQL 13 and later): the owner of a database
-- may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE INDEX products_name_trigram ON products USING gin (name gin_trgm_ops);
