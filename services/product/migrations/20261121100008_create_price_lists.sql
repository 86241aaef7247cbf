-- Prices that hold for a time.
CREATE TABLE price_lists (
    price_list_id  uuid        CONSTRAINT price_lists_pk PRIMARY KEY,
    name           text        NOT NULL,
    -- Lists with a greater number win; among equals the lower price does.
    priority       integer     NOT NULL,
    active         boolean     NOT NULL,
    valid_from     timestamptz NOT NULL DEFAULT '-infinity',
    -- Not included.
    valid_until    timestamptz NOT NULL DEFAULT 'infinity',
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT price_lists_period CHECK (valid_from < valid_until)
);

CREATE TABLE price_list_prices (
    price_list_id  uuid   NOT NULL CONSTRAINT price_list_prices_list_fk REFERENCES price_lists (price_list_id),
    variant_id     uuid   NOT NULL CONSTRAINT price_list_prices_variant_fk REFERENCES variants (variant_id),
    price_minor    bigint NOT NULL CONSTRAINT price_list_prices_range CHECK (price_minor BETWEEN 1 AND 10000000000000),
    CONSTRAINT price_list_prices_pk PRIMARY KEY (variant_id, price_list_id)
);

CREATE INDEX price_list_prices_list ON price_list_prices (price_list_id);

-- What a variant costs at a moment: the price of the best list that holds then, else its own. The one place of the rule:
-- offers, pages and documents all ask here. In PL/pgSQL, which keeps its plan; a function in SQL is planned in each query.
CREATE FUNCTION price_at(wanted uuid, own bigint, moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((
        SELECT i.price_minor FROM price_list_prices i JOIN price_lists l USING (price_list_id)
        WHERE i.variant_id = wanted AND l.active AND l.valid_from <= moment AND moment < l.valid_until
        ORDER BY l.priority DESC, i.price_minor LIMIT 1
    ), own);
END
$$;

-- Every price that anything ever had, for ever.
CREATE TABLE price_changes (
    change_id         bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT price_changes_pk PRIMARY KEY,
    variant_id        uuid        NOT NULL CONSTRAINT price_changes_variant_fk REFERENCES variants (variant_id),
    -- Null for the variant's own price.
    price_list_id     uuid        CONSTRAINT price_changes_list_fk REFERENCES price_lists (price_list_id),
    -- Null when the list no longer has a price of it.
    price_minor       bigint,
    compare_at_minor  bigint,
    changed_at        timestamptz NOT NULL
);

CREATE INDEX price_changes_variant_id ON price_changes (variant_id, change_id);
CREATE INDEX price_changes_price_list_id ON price_changes (price_list_id) WHERE price_list_id IS NOT NULL;

CREATE TRIGGER price_changes_append_only BEFORE UPDATE OR DELETE ON price_changes
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER price_changes_no_truncate BEFORE TRUNCATE ON price_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A price can't change without its row.
CREATE FUNCTION note_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_changes (variant_id, price_minor, compare_at_minor, changed_at)
    VALUES (NEW.variant_id, NEW.price_minor, NEW.compare_at_minor, NEW.updated_at);
    RETURN NULL;
END
$$;

CREATE TRIGGER variants_first_price AFTER INSERT ON variants FOR EACH ROW EXECUTE FUNCTION note_price();
CREATE TRIGGER variants_new_price AFTER UPDATE ON variants FOR EACH ROW
    WHEN ((OLD.price_minor, OLD.compare_at_minor) IS DISTINCT FROM (NEW.price_minor, NEW.compare_at_minor))
    EXECUTE FUNCTION note_price();
