-- Tax classes that have a rate, as order tells them: no product names another, for it could not be sold.
CREATE TABLE tax_classes (
    tax_class  text        CONSTRAINT tax_classes_pk PRIMARY KEY,
    -- When it was last told.
    told_at    timestamptz NOT NULL
);
