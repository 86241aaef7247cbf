-- An order may cost nothing: its payment is settled without a provider, and nothing is booked.
ALTER TABLE payments
    DROP CONSTRAINT payments_amount_positive,
    ADD CONSTRAINT payments_amount CHECK (amount_minor >= 0);
