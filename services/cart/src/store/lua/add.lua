-- Adds items to a cart. KEYS: cart, mark of an account that is gone. ARGV: variant, quantity, most of a line, most lines,
-- most items of the cart, ttl in seconds, tail of the value, whether product was asked for the tail (1 or 0).
-- Answers {what came of it, the cart}.
if redis.call('EXISTS', KEYS[2]) == 1 then
    return {'account_gone', {}}
end
local cart, variant = KEYS[1], ARGV[1]
local quantity, quantity_max, lines_max, items_max =
    tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local added, tail = quantity, ARGV[7]
local held = redis.call('HGET', cart, variant)
local added_at
if held then
    local had, old_tail
    added_at, had, old_tail = string.match(held, '^(%d+):(%d+):(.*)$')
    quantity = quantity + tonumber(had)
    -- A price and a name that are not known now leave those that were.
    if ARGV[8] == '0' then
        tail = old_tail
    end
else
    if redis.call('HLEN', cart) >= lines_max then
        return {'too_many_lines', {}}
    end
    local now = redis.call('TIME')
    added_at = now[1] .. string.format('%06d', now[2])
end
if quantity > quantity_max then
    return {'too_many_items', {}}
end
local items = added
for _, value in ipairs(redis.call('HVALS', cart)) do
    items = items + tonumber(string.match(value, '^%d+:(%d+)'))
end
if items > items_max then
    return {'cart_too_large', {}}
end
redis.call('HSET', cart, variant, added_at .. ':' .. string.format('%d', quantity) .. ':' .. tail)
redis.call('EXPIRE', cart, ARGV[6])
return {'done', redis.call('HGETALL', cart)}
