-- Takes what was bought out of a cart, once for each event. What was added since stays.
-- KEYS: cart, mark of the event. ARGV: seconds to remember the event, then variant and quantity of each line.
-- Answers 1 when it did, 0 when it had before.
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then
    return 0
end
for i = 2, #ARGV, 2 do
    local held = redis.call('HGET', KEYS[1], ARGV[i])
    if held then
        local added_at, had, tail = string.match(held, '^(%d+):(%d+):(.*)$')
        local left = tonumber(had) - tonumber(ARGV[i + 1])
        if left > 0 then
            redis.call('HSET', KEYS[1], ARGV[i], added_at .. ':' .. string.format('%d', left) .. ':' .. tail)
        else
            redis.call('HDEL', KEYS[1], ARGV[i])
        end
    end
end
return 1
