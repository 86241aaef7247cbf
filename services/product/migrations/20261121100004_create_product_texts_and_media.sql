-- Name and description in further languages; products holds the shop's own language.
CREATE TABLE product_translations (
    product_id   uuid NOT NULL CONSTRAINT product_translations_product_fk REFERENCES products (product_id),
    -- Language tag, such as en or pt-BR.
    locale       text NOT NULL CONSTRAINT product_translations_locale_shape CHECK (locale ~ '^[a-z]{2,3}(-[A-Z]{2})?$'),
    name         text NOT NULL,
    description  text NOT NULL,
    CONSTRAINT product_translations_pk PRIMARY KEY (product_id, locale)
);

-- Where pictures are; the files are kept elsewhere.
CREATE TABLE product_media (
    product_id   uuid    NOT NULL CONSTRAINT product_media_product_fk REFERENCES products (product_id),
    -- In the order they are shown, from 0.
    position     integer NOT NULL,
    url          text    NOT NULL,
    -- What can be seen, for those who can't see it.
    alt          text    NOT NULL,
    CONSTRAINT product_media_pk PRIMARY KEY (product_id, position)
);
