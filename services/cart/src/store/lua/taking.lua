-- Takes items of a line that was ordered out of a cart, and remembers them in the order: variant ->
-- `<taken>:<left>:<rest of the value>`. `held` is the line's value. What is left is another line at its place: no
-- cart that was ordered had it.
local function take_line(cart, order, variant, held, wanted)
    local added_at, had, rest = string.match(held, '^(%d+):(%d+):(.*)$')
    local taken = math.min(tonumber(had), wanted)
    local left = tonumber(had) - taken
    if left > 0 then
        local since = string.format('%.0f', tonumber(added_at) + 1)
        redis.call('HSET', cart, variant, since .. ':' .. string.format('%d', left) .. ':' .. rest)
    else
        redis.call('HDEL', cart, variant)
    end
    redis.call('HSET', order, variant, string.format('%d:%d:', taken, left) .. rest)
end
