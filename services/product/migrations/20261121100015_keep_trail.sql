-- Who changed what is no product's: categories, price lists and places of stock. Prices, products and movements have their own.
CREATE TABLE catalog_edits (
    edit_id    bigint      GENERATED ALWAYS AS IDENTITY CONSTRAINT catalog_edits_pk PRIMARY KEY,
    subject    text        NOT NULL CONSTRAINT catalog_edits_subject
        CHECK (subject IN ('category', 'price_list', 'location')),
    -- No foreign key: what is deleted keeps its edits.
    subject_id uuid        NOT NULL,
    kind       text        NOT NULL CONSTRAINT catalog_edits_kind CHECK (kind IN ('added', 'edited', 'removed')),
    -- A user's id.
    actor      text        NOT NULL,
    -- [{"field": "valid_until", "from": null, "to": "2026-12-31T17:00:00Z"}], of what is added or removed every field.
    changes    jsonb       NOT NULL,
    edited_at  timestamptz NOT NULL
);

CREATE INDEX catalog_edits_subject_id ON catalog_edits (subject, subject_id, edit_id);

CREATE TRIGGER catalog_edits_append_only BEFORE UPDATE OR DELETE ON catalog_edits
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER catalog_edits_no_truncate BEFORE TRUNCATE ON catalog_edits
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
