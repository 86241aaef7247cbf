ALTER TABLE attempts
    -- Of a refund the tax in it, in minor units, where the order knows of which lines it is; NULL where it is shared.
    ADD COLUMN tax_minor bigint CONSTRAINT attempts_tax CHECK (tax_minor BETWEEN 0 AND amount_minor);
