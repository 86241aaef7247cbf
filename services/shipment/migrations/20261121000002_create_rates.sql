-- What a way of shipping costs: to certain places, flat or by weight. All amounts are minor units of the currency.
CREATE TABLE rates (
    -- UUIDv7.
    rate_id          uuid        CONSTRAINT rates_pk PRIMARY KEY,
    -- Code of the service, such as regular; rates of one service are alternatives for different places.
    service          text        NOT NULL CONSTRAINT rates_service_length CHECK (length(service) BETWEEN 1 AND 40),
    -- What customers read.
    name             text        NOT NULL,
    currency         text        NOT NULL,
    -- For the parcel as such, whatever it weighs.
    base_minor       bigint      NOT NULL CONSTRAINT rates_base CHECK (base_minor >= 0),
    -- By weight: each begun step of so many grams costs so much. Null together: a flat price.
    step_grams       integer     CONSTRAINT rates_step_grams CHECK (step_grams > 0),
    step_minor       bigint      CONSTRAINT rates_step_minor CHECK (step_minor >= 0),
    -- Cubic centimetres that count as a kilogram; null when bulk costs nothing.
    divisor          integer     CONSTRAINT rates_divisor CHECK (divisor > 0),
    -- From this subtotal on it is free; null is never.
    free_from_minor  bigint      CONSTRAINT rates_free_from CHECK (free_from_minor >= 0),
    -- Heavier goods are not taken; null is no limit.
    weight_max_grams bigint      CONSTRAINT rates_weight_max CHECK (weight_max_grams > 0),
    -- Days until it arrives; 0 and 0 is unknown.
    days_min         integer     NOT NULL,
    days_max         integer     NOT NULL CONSTRAINT rates_days CHECK (days_min BETWEEN 0 AND days_max),
    -- Whether it is offered.
    active           boolean     NOT NULL,
    -- Grows with each edit; the ETag.
    version          bigint      NOT NULL,
    created_at       timestamptz NOT NULL,
    CONSTRAINT rates_by_weight CHECK ((step_grams IS NULL) = (step_minor IS NULL) AND (step_grams IS NOT NULL OR divisor IS NULL))
);

-- Where a rate goes; a rate without places goes everywhere.
CREATE TABLE rate_places (
    rate_id  uuid NOT NULL CONSTRAINT rate_places_rate REFERENCES rates ON DELETE CASCADE,
    -- ISO 3166-1 alpha-2.
    country  text NOT NULL CONSTRAINT rate_places_country CHECK (country ~ '^[A-Z]{2}$'),
    -- As addresses write it; empty is the whole country.
    province text NOT NULL,
    CONSTRAINT rate_places_pk PRIMARY KEY (rate_id, country, province)
);
