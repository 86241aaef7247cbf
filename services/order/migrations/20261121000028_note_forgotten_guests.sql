-- An administrator has what is personal of a guest's order erased: that is noted, too.
ALTER TABLE changes
    DROP CONSTRAINT changes_subject,
    ADD CONSTRAINT changes_subject CHECK (subject IN ('coupon', 'tax_rate', 'guest'));
