ALTER TABLE payments
    -- SHA-256 (hexadecimal) of the order's token, which a guest shows to read the payment; NULL for orders of accounts.
    ADD COLUMN order_token_hash text;
