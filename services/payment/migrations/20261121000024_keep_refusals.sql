ALTER TABLE attempts
    -- Why the provider said no for good, in a word of its own or ours; NULL where it did not, and in rows of before.
    ADD COLUMN refusal text,
    ADD CONSTRAINT attempts_refusal CHECK (refusal IS NULL OR state = 'refused');
