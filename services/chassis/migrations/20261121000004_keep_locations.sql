-- Where what a request made is: header `Location` of the answer, repeated with it.
ALTER TABLE idempotency_keys ADD COLUMN location text;
