-- What was paid of an invoice is said by its webhook alone: asked for it, the provider says what it is of.
ALTER TABLE webhooks ADD COLUMN reported jsonb;
-- Kept, so that what the provider answers later is still compared with it: {"amount_minor": ..., "currency": ...}.
ALTER TABLE payments ADD COLUMN reported jsonb;
