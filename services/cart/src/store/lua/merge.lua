-- Adds claimed lines to a user's cart, once for each claim. KEYS: cart, mark of the claim, mark of an account that is gone,
-- whose cart has no place for any, merged states: state -> `<variant>=<added at>:<quantity>;` of what came with it, or
-- `ordered` when the guest has ordered it.
-- ARGV: most lines, most items of the cart, ttl in seconds, the state of the guest's cart, seconds to remember that, then
-- variant, value and most items of each line.
-- Answers the values of lines of which not all found a place.
local cart = KEYS[1]
local lines_max, items_max = tonumber(ARGV[1]), tonumber(ARGV[2])
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[3]) then
    return {}
end
local merged, state, came = KEYS[4], ARGV[4], {}
if redis.call('HGET', merged, state) == 'ordered' then
    return {}
end
local gone = redis.call('EXISTS', KEYS[3]) == 1
local items = 0
for _, value in ipairs(redis.call('HVALS', cart)) do
    items = items + tonumber(string.match(value, '^%d+:(%d+)'))
end
local left_out = {}
for i = 6, #ARGV, 3 do
    local variant = ARGV[i]
    local added_at, quantity, tail = string.match(ARGV[i + 1], '^(%d+):(%d+):(.*)$')
    local held = redis.call('HGET', cart, variant)
    local had = 0
    quantity = tonumber(quantity)
    if held then
        added_at, had, tail = string.match(held, '^(%d+):(%d+):(.*)$')
        had = tonumber(had)
    end
    local wanted = quantity + had
    quantity = math.min(wanted, tonumber(ARGV[i + 2]))
    local fits = (held or redis.call('HLEN', cart) < lines_max) and items + quantity - had <= items_max
    if fits and not gone then
        redis.call('HSET', cart, variant, added_at .. ':' .. string.format('%d', quantity) .. ':' .. tail)
        items = items + quantity - had
        -- A limit may have come down since the line was put in: then nothing came, and what is too much went.
        local more = math.max(quantity - had, 0)
        came[#came + 1] = variant .. '=' .. added_at .. ':' .. string.format('%d', more) .. ';'
    end
    if not fits or gone or quantity < wanted then
        left_out[#left_out + 1] = tail
    end
end
redis.call('HSET', merged, state, table.concat(came))
redis.call('EXPIRE', merged, ARGV[5])
redis.call('EXPIRE', cart, ARGV[3])
return left_out
