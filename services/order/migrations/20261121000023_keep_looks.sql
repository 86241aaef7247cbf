-- How what was bought looked in the shop window then: {"slug": …, "image": …, "option_values": {"Size": "L"}}. NULL of orders
-- from before.
ALTER TABLE order_lines ADD COLUMN look jsonb;
