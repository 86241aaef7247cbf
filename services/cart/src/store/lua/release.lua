-- Forgets a claim that was merged, unless another has taken its place. KEYS: claim. ARGV: claim id.
if redis.call('HGET', KEYS[1], 'claim') == ARGV[1] then
    redis.call('DEL', KEYS[1])
end
return 1
