-- Takes what was ordered out of a cart, once for each order, and remembers it. What was added since stays.
-- KEYS: cart, order. ARGV: seconds to remember the order, when the youngest line of the ordered cart was added (in
-- microseconds), then variant and quantity of each line. Fields of the order: `placed`, `cancelled`, and variant ->
-- `<taken>:<left>:<rest of the value>`.
-- Answers 1 when it did, 0 when it had before.
local cart, order = KEYS[1], KEYS[2]
if redis.call('HSETNX', order, 'placed', '1') == 0 then
    return 0
end
redis.call('EXPIRE', order, ARGV[1])
-- Called off before it was heard of: the lines stay, as those of another cart, for this one has been ordered.
local called_off = redis.call('HEXISTS', order, 'cancelled') == 1
local time = redis.call('TIME')
local now = time[1] .. string.format('%06d', time[2])
for i = 3, #ARGV, 2 do
    local variant, wanted = ARGV[i], tonumber(ARGV[i + 1])
    local held = redis.call('HGET', cart, variant)
    local added_at, had, rest = string.match(held or '', '^(%d+):(%d+):(.*)$')
    if held and tonumber(added_at) <= tonumber(ARGV[2]) then
        local taken = math.min(tonumber(had), wanted)
        local left = tonumber(had) - taken
        if called_off then
            redis.call('HSET', cart, variant, now .. ':' .. had .. ':' .. rest)
        elseif left > 0 then
            redis.call('HSET', cart, variant, added_at .. ':' .. string.format('%d', left) .. ':' .. rest)
        else
            redis.call('HDEL', cart, variant)
        end
        if not called_off then
            redis.call('HSET', order, variant, string.format('%d:%d:', taken, left) .. rest)
        end
    end
end
return 1
