-- Takes a guest cart for one user: from now on nobody else sees it. Repeated, it answers the same claim until that is
-- released. KEYS: guest cart, claim of this user, users into whose carts this one was merged. ARGV: id for a new claim, the
-- user, seconds to remember that.
-- Answers {claim id, lines}, or {'', {}} when there is nothing to take.
local guest, claim = KEYS[1], KEYS[2]
if redis.call('EXISTS', claim) == 0 then
    if redis.call('EXISTS', guest) == 0 then
        return {'', {}}
    end
    redis.call('RENAME', guest, claim)
    redis.call('HSET', claim, 'claim', ARGV[1])
    redis.call('SADD', KEYS[3], ARGV[2])
    redis.call('EXPIRE', KEYS[3], ARGV[3])
end
return {redis.call('HGET', claim, 'claim'), redis.call('HGETALL', claim)}
