-- Adds claimed lines to a user's cart, once for each claim. KEYS: cart, mark of the claim, mark of an account that is gone,
-- whose cart has no place for any.
-- ARGV: most of a line, most lines, most items of the cart, ttl in seconds, then variant and value of each line.
-- Answers the values of lines that found no place.
local cart = KEYS[1]
local quantity_max, lines_max, items_max = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[4]) then
    return {}
end
local gone = redis.call('EXISTS', KEYS[3]) == 1
local items = 0
for _, value in ipairs(redis.call('HVALS', cart)) do
    items = items + tonumber(string.match(value, '^%d+:(%d+)'))
end
local left_out = {}
for i = 5, #ARGV, 2 do
    local variant = ARGV[i]
    local added_at, quantity, tail = string.match(ARGV[i + 1], '^(%d+):(%d+):(.*)$')
    local held = redis.call('HGET', cart, variant)
    local had = 0
    quantity = tonumber(quantity)
    if held then
        added_at, had, tail = string.match(held, '^(%d+):(%d+):(.*)$')
        had = tonumber(had)
        quantity = math.min(quantity + had, quantity_max)
    end
    local fits = (held or redis.call('HLEN', cart) < lines_max) and items + quantity - had <= items_max
    if fits and not gone then
        redis.call('HSET', cart, variant, added_at .. ':' .. string.format('%d', quantity) .. ':' .. tail)
        items = items + quantity - had
    else
        left_out[#left_out + 1] = tail
    end
end
redis.call('EXPIRE', cart, ARGV[4])
return left_out
