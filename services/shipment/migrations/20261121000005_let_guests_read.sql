ALTER TABLE shipments
    -- SHA-256 (hexadecimal) of the order's token, which a guest shows to follow it; NULL for orders of accounts.
    ADD COLUMN order_token_hash text;
