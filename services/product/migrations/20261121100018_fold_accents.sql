-- Who types "brulee" means "brûlée". A trusted extension (PostgreSQL 13 and later): the owner of a database may create it.
CREATE EXTENSION IF NOT EXISTS unaccent;

-- As 'simple', because shops speak many languages, but letters count without their accents.
CREATE TEXT SEARCH CONFIGURATION folded (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION folded ALTER MAPPING
    FOR word, hword, hword_part, numword, numhword, hword_numpart WITH unaccent, simple;
