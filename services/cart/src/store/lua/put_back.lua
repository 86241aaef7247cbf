-- Puts back what an order took out of a cart, once for each order. Of a line that was added again since, the larger of
-- both quantities is kept: nobody wants what they did not get and its replacement. Lines come as new ones, for the cart
-- they were in has been ordered; what finds no place within the limits stays out.
-- KEYS: cart, order, mark of an account that is gone, which gets nothing back, users into whose carts this one was merged.
-- ARGV: seconds to remember the order, most of a line, most lines, most items of the cart, ttl in seconds.
-- Answers {1 when it did, 0 when it had before; those users}.
local cart, order = KEYS[1], KEYS[2]
local heirs = redis.call('SMEMBERS', KEYS[4])
local quantity_max, lines_max, items_max = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if redis.call('EXISTS', KEYS[3]) == 1 or redis.call('HSETNX', order, 'cancelled', '1') == 0 then
    return {0, heirs}
end
redis.call('EXPIRE', order, ARGV[1])
local items = 0
for _, value in ipairs(redis.call('HVALS', cart)) do
    items = items + tonumber(string.match(value, '^%d+:(%d+)'))
end
local time = redis.call('TIME')
local now = time[1] .. string.format('%06d', time[2])
local fields = redis.call('HGETALL', order)
for i = 1, #fields, 2 do
    local variant = fields[i]
    local taken, left, rest = string.match(fields[i + 1], '^(%d+):(%d+):(.*)$')
    if taken then
        taken, left = tonumber(taken), tonumber(left)
        local held = redis.call('HGET', cart, variant)
        local had = 0
        if held then
            had, rest = string.match(held, '^%d+:(%d+):(.*)$')
            had = tonumber(had)
        end
        local kept = math.min(had, left)
        local quantity = math.min(kept + math.max(had - kept, taken), quantity_max)
        local fits = (held or redis.call('HLEN', cart) < lines_max) and items + quantity - had <= items_max
        if fits and quantity > had then
            redis.call('HSET', cart, variant, now .. ':' .. string.format('%d', quantity) .. ':' .. rest)
            items = items + quantity - had
        end
    end
end
redis.call('EXPIRE', cart, ARGV[5])
return {1, heirs}
