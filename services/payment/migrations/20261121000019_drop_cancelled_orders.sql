-- An order that was cancelled before its stock was heard of has a cancelled payment of the provider none since before the
-- first release.
DROP TABLE cancelled_orders;
