-- Adds items to a cart. KEYS: cart. ARGV: product, quantity, most of a line, most lines, ttl in seconds.
-- Answers {what came of it, the cart}.
local cart, product = KEYS[1], ARGV[1]
local quantity, quantity_max, lines_max = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = redis.call('HGET', cart, product)
local added_at
if held then
    local had
    added_at, had = string.match(held, '^(%d+):(%d+)$')
    quantity = quantity + tonumber(had)
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
redis.call('HSET', cart, product, added_at .. ':' .. string.format('%d', quantity))
redis.call('EXPIRE', cart, ARGV[5])
return {'done', redis.call('HGETALL', cart)}
