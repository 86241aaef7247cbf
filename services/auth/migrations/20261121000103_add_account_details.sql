-- What emails to an account need, and what its owner has shown.
ALTER TABLE users
    -- How emails address people; user owns it, this is a copy. None: the account is older than this column.
    ADD COLUMN name                text,
    -- BCP 47; a copy of user's too.
    ADD COLUMN locale              text NOT NULL DEFAULT 'id',
    -- When somebody opened a link that was sent to the address of now; none as long as nobody did.
    ADD COLUMN email_verified_at   timestamptz,
    ADD COLUMN password_changed_at timestamptz;
