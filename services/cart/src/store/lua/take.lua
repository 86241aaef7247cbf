-- Takes what was ordered out of a cart, once for each order, and remembers it. What was added since stays.
-- KEYS: cart, order, users into whose carts this one was merged. ARGV: seconds to remember the order, when the youngest
-- line of the ordered cart was added (in microseconds), then variant and quantity of each line. Fields of the order:
-- `placed`, `cancelled`, and the lines it took.
-- Answers {1 when it did, 0 when it had before; those users}.
local cart, order = KEYS[1], KEYS[2]
local heirs = redis.call('SMEMBERS', KEYS[3])
if redis.call('HSETNX', order, 'placed', '1') == 0 then
    return {0, heirs}
end
redis.call('EXPIRE', order, ARGV[1])
-- Called off before it was heard of: the lines stay, as those of another cart, for this one has been ordered.
local called_off = redis.call('HEXISTS', order, 'cancelled') == 1
local time = redis.call('TIME')
local now = time[1] .. string.format('%06d', time[2])
for i = 3, #ARGV, 2 do
    local variant, held = ARGV[i], redis.call('HGET', cart, ARGV[i])
    local added_at, rest = string.match(held or '', '^(%d+)(:.*)$')
    if held and tonumber(added_at) <= tonumber(ARGV[2]) then
        if called_off then
            redis.call('HSET', cart, variant, now .. rest)
        else
            take_line(cart, order, variant, held, tonumber(ARGV[i + 1]))
        end
    end
end
return {1, heirs}
