-- Sets the quantity of a line; 0 takes it out. KEYS: cart. ARGV: product, quantity, ttl in seconds.
-- Answers {what came of it, the cart}.
local cart, product = KEYS[1], ARGV[1]
local held = redis.call('HGET', cart, product)
if not held then
    return {'no_line', {}}
end
if tonumber(ARGV[2]) == 0 then
    redis.call('HDEL', cart, product)
else
    redis.call('HSET', cart, product, string.match(held, '^%d+') .. ':' .. ARGV[2])
end
redis.call('EXPIRE', cart, ARGV[3])
return {'done', redis.call('HGETALL', cart)}
