-- Finds words that are typed wrongly or in part. A trusted extension (PostgreSQL 13 and later): the owner of a database
-- may create it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- The read model: what lists, searches and facets are answered from. Made of the tables of record by the service's own
-- events; `warung product reindex` makes it anew beside the one that serves.
CREATE TABLE catalog_generations (
    generation   integer     CONSTRAINT catalog_generations_pk PRIMARY KEY,
    -- Readers read the live one; events are written to both.
    state        text        NOT NULL CONSTRAINT catalog_generations_state_known CHECK (state IN ('live', 'building')),
    created_at   timestamptz NOT NULL
);

CREATE UNIQUE INDEX catalog_generations_one_each ON catalog_generations (state);

INSERT INTO catalog_generations (generation, state, created_at) VALUES (1, 'live', now());

-- A product that customers see, as it looks from valid_from until valid_until: prices that change at a known time have
-- their next document already, so nothing has to run at midnight.
CREATE TABLE catalog_documents (
    generation     integer     NOT NULL,
    product_id     uuid        NOT NULL,
    valid_from     timestamptz NOT NULL,
    valid_until    timestamptz NOT NULL,
    slug           text        NOT NULL,
    -- Of the default variant.
    sku            text        NOT NULL,
    name           text        NOT NULL,
    -- The beginning of the description.
    summary        text        NOT NULL,
    -- {"en": {"name": …, "summary": …}}
    translations   jsonb       NOT NULL,
    image          text,
    category_id    uuid,
    -- From the root down to its own.
    categories     uuid[]      NOT NULL,
    -- The lowest and the highest of its variants.
    price_minor    bigint      NOT NULL,
    price_max_minor bigint     NOT NULL,
    compare_at_minor bigint,
    currency       text        NOT NULL,
    in_stock       boolean     NOT NULL,
    -- 'Size=L' for each value that some variant has.
    choices        text[]      NOT NULL,
    -- Words of names, SKUs and options weigh more than words of descriptions. 'simple': shops speak many languages.
    search         tsvector    NOT NULL,
    version        bigint      NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT catalog_documents_pk PRIMARY KEY (generation, product_id, valid_from)
);

-- One index a sort order of the list.
CREATE INDEX catalog_documents_price ON catalog_documents (generation, price_minor, product_id);
CREATE INDEX catalog_documents_name ON catalog_documents (generation, name, product_id);
CREATE INDEX catalog_documents_categories ON catalog_documents USING gin (categories);
CREATE INDEX catalog_documents_choices ON catalog_documents USING gin (choices);
CREATE INDEX catalog_documents_search ON catalog_documents USING gin (search) WITH (fastupdate = off);

-- The words of all documents: what a word that is typed wrongly, or in part, may have meant. A word that no document
-- holds any more does no harm, and goes at the next reindex.
CREATE TABLE catalog_words (
    word  text CONSTRAINT catalog_words_pk PRIMARY KEY
);

CREATE INDEX catalog_words_prefix ON catalog_words (word text_pattern_ops);
-- GiST, because it finds the nearest words in order: the few that a wrong word may have meant.
CREATE INDEX catalog_words_trigram ON catalog_words USING gist (word gist_trgm_ops (siglen = 32));
