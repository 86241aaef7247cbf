-- Notes which prices the owner of a cart has seen. KEYS: cart. ARGV: ttl in seconds, then variant and price of each line.
-- Answers the cart.
local cart = KEYS[1]
for i = 2, #ARGV, 2 do
    local held = redis.call('HGET', cart, ARGV[i])
    if held then
        local head, label = string.match(held, '^(%d+:%d+:[^:]*:)[^:]*(.*)$')
        redis.call('HSET', cart, ARGV[i], head .. ARGV[i + 1] .. label)
    end
end
redis.call('EXPIRE', cart, ARGV[1])
return redis.call('HGETALL', cart)
