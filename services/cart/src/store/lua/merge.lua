-- Adds claimed lines to a user's cart, once for each claim. KEYS: cart, mark of the claim.
-- ARGV: most of a line, most lines, ttl in seconds, then product and value of each line.
-- Answers the products that found no place.
local cart = KEYS[1]
local quantity_max, lines_max = tonumber(ARGV[1]), tonumber(ARGV[2])
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[3]) then
    return {}
end
local left_out = {}
for i = 4, #ARGV, 2 do
    local product = ARGV[i]
    local added_at, quantity = string.match(ARGV[i + 1], '^(%d+):(%d+)$')
    local held = redis.call('HGET', cart, product)
    if held then
        local had
        added_at, had = string.match(held, '^(%d+):(%d+)$')
        quantity = math.min(tonumber(quantity) + tonumber(had), quantity_max)
    end
    if held or redis.call('HLEN', cart) < lines_max then
        redis.call('HSET', cart, product, added_at .. ':' .. string.format('%d', tonumber(quantity)))
    else
        left_out[#left_out + 1] = product
    end
end
redis.call('EXPIRE', cart, ARGV[3])
return left_out
