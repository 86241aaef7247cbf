-- Who edits what somebody else edited meanwhile is told so: each edit is the next version.
ALTER TABLE categories ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE price_lists ADD COLUMN version bigint NOT NULL DEFAULT 1;
ALTER TABLE locations ADD COLUMN version bigint NOT NULL DEFAULT 1;
