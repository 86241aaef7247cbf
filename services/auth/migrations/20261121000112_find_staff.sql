-- Who has a role: few among all accounts.
CREATE INDEX users_staff ON users (role, user_id) WHERE role <> 'customer';
