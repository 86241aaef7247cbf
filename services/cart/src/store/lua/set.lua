-- Sets the quantity of a line; 0 takes it out. KEYS: cart. ARGV: variant, quantity, most items of the cart, ttl in seconds.
-- Answers {what came of it, the cart}.
local cart, variant = KEYS[1], ARGV[1]
local quantity = tonumber(ARGV[2])
local held = redis.call('HGET', cart, variant)
if not held then
    return {'no_line', {}}
end
if quantity == 0 then
    redis.call('HDEL', cart, variant)
else
    local added_at, had, tail = string.match(held, '^(%d+):(%d+):(.*)$')
    local items = quantity - tonumber(had)
    for _, value in ipairs(redis.call('HVALS', cart)) do
        items = items + tonumber(string.match(value, '^%d+:(%d+)'))
    end
    -- Fewer is always possible.
    if items > tonumber(ARGV[3]) and quantity > tonumber(had) then
        return {'cart_too_large', {}}
    end
    redis.call('HSET', cart, variant, added_at .. ':' .. ARGV[2] .. ':' .. tail)
end
redis.call('EXPIRE', cart, ARGV[4])
return {'done', redis.call('HGETALL', cart)}
