ALTER TABLE contacts
    -- The account that claimed the guest's order: it is told instead. The rest of the row is empty then.
    ADD COLUMN claimed_by uuid;
