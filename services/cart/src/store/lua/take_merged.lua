-- Takes what a guest ordered out of the cart that the guest's was merged into, once for each order: what came with that
-- state of the guest's cart and is there still. A merge that comes only now brings none of it.
-- KEYS: cart, order, merged states. ARGV: seconds to remember, the state that was ordered.
-- Answers 1 when it did, 0 when it had before.
local cart, order, merged, state = KEYS[1], KEYS[2], KEYS[3], ARGV[2]
if redis.call('HSETNX', order, 'placed', '1') == 0 then
    return 0
end
redis.call('EXPIRE', order, ARGV[1])
local lines = redis.call('HGET', merged, state) or ''
redis.call('HSET', merged, state, 'ordered')
redis.call('EXPIRE', merged, ARGV[1])
-- Called off before it was heard of: the lines stay.
if redis.call('HEXISTS', order, 'cancelled') == 1 then
    return 1
end
for variant, added_at, wanted in string.gmatch(lines, '([^=;]+)=(%d+):(%d+)') do
    local held = redis.call('HGET', cart, variant)
    if held and string.match(held, '^%d+') == added_at then
        take_line(cart, order, variant, held, tonumber(wanted))
    end
end
return 1
