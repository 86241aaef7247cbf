-- Who sets a rate that somebody else set meanwhile is told so: each change is the next version.
ALTER TABLE tax_rates ADD COLUMN version bigint NOT NULL DEFAULT 1;
