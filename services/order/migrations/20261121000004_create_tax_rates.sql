-- Rates of tax by class, country and region; the most specific wins.
CREATE TABLE tax_rates (
    tax_rate_id uuid        CONSTRAINT tax_rates_pk PRIMARY KEY,
    -- What a product's tax_class says; 'shipping' is the class of shipping.
    tax_class   text        NOT NULL,
    -- ISO 3166-1 alpha-2; '' is everywhere.
    country     text        NOT NULL DEFAULT '',
    -- State or province as people write it; '' is the whole country.
    region      text        NOT NULL DEFAULT '',
    -- Parts per million: 11 % is 110000.
    rate_ppm    int         NOT NULL CONSTRAINT tax_rates_rate CHECK (rate_ppm BETWEEN 0 AND 1000000),
    updated_at  timestamptz NOT NULL,
    CONSTRAINT tax_rates_region_has_country CHECK (region = '' OR country <> '')
);

-- Regions are compared without regard to case.
CREATE UNIQUE INDEX tax_rates_place ON tax_rates (tax_class, country, lower(region));
