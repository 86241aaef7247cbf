-- The latest that order told of a tax class, also of one that has no rate any more: older news that comes later is not taken.
CREATE TABLE tax_class_versions (
    tax_class  text   CONSTRAINT tax_class_versions_pk PRIMARY KEY,
    -- 0 where it was told without a number.
    version    bigint NOT NULL
);
