-- Who edits a coupon that somebody else edited meanwhile is told so: each edit is the next version. Uses do not count.
ALTER TABLE coupons ADD COLUMN version bigint NOT NULL DEFAULT 1;
