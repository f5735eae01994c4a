// Scripts of the corpus: locks, rate limits, counters. The form of these texts is told in ScriptCorpus.swift.

extension ScriptCorpus {
  static let locks = #"""
    = acquire lock:$id | $token $ttl
    if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
    return 0
    = acquire_as_owner lock:$id | $token $ttl
    local holder = redis.call('GET', KEYS[1])
    if holder == false then
      redis.call('PSETEX', KEYS[1], ARGV[2], ARGV[1])
      return {'taken', ARGV[1]}
    elseif holder == ARGV[1] then
      redis.call('PEXPIRE', KEYS[1], ARGV[2])
      return {'kept', holder}
    end
    return redis.error_reply('LOCKED held by ' .. holder)
    = release lock:$id | $token
    if redis.call("get", KEYS[1]) == ARGV[1] then
      return redis.call("del", KEYS[1])
    else
      return 0
    end
    = extend lock:$id | $token $ttl
    if redis.call('get', KEYS[1]) == ARGV[1] then
      return redis.call('pexpire', KEYS[1], ARGV[2])
    end
    return 0
    = steal lock:$id | $token $token
    local old = redis.call('GET', KEYS[1])
    if old and old ~= ARGV[1] then return redis.status_reply('BUSY ' .. old) end
    redis.call('SET', KEYS[1], ARGV[2])
    return old
    = reenter relock:$id | $token $ttl
    if redis.call('exists', KEYS[1]) == 0 or redis.call('hexists', KEYS[1], ARGV[1]) == 1 then
      redis.call('hincrby', KEYS[1], ARGV[1], 1)
      redis.call('pexpire', KEYS[1], ARGV[2])
      return nil
    end
    return redis.call('hkeys', KEYS[1])
    = leave relock:$id | $token $ttl lockchannel
    if redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return nil end
    local counter = redis.call('hincrby', KEYS[1], ARGV[1], -1)
    if counter > 0 then
      redis.call('pexpire', KEYS[1], ARGV[2])
      return 0
    else
      redis.call('del', KEYS[1])
      redis.call('publish', ARGV[3], '0')
      return 1
    end
    = multi_lock lock:1 lock:2 lock:3 | $token
    local taken = {}
    for i, key in ipairs(KEYS) do
      if redis.call('setnx', key, ARGV[1]) == 0 then
        for j = 1, #taken do redis.call('del', taken[j]) end
        return {i, redis.call('get', key)}
      end
      taken[#taken + 1] = key
    end
    return #taken
    = multi_unlock lock:1 lock:2 lock:3 | $token
    local freed = 0
    for _, key in ipairs(KEYS) do
      if redis.call('get', key) == ARGV[1] then freed = freed + redis.call('del', key) end
    end
    return freed
    = semaphore sem:$id | $token $now $n
    local limit = tonumber(ARGV[3])
    redis.call('zremrangebyscore', KEYS[1], '-inf', tonumber(ARGV[2]) - 60000)
    if redis.call('zscore', KEYS[1], ARGV[1]) then return -1 end
    if redis.call('zcard', KEYS[1]) < limit then
      redis.call('zadd', KEYS[1], ARGV[2], ARGV[1])
      return redis.call('zrank', KEYS[1], ARGV[1])
    end
    return false
    = semaphore_release sem:$id | $token
    return redis.call('zrem', KEYS[1], ARGV[1])
    = fair_lock fair:$id fairq:$id | $token
    local queue = redis.call('lrange', KEYS[2], 0, -1)
    local found = false
    for i = 1, #queue do if queue[i] == ARGV[1] then found = i break end end
    if not found then redis.call('rpush', KEYS[2], ARGV[1]) found = #queue + 1 end
    if found == 1 and redis.call('set', KEYS[1], ARGV[1], 'nx') then
      redis.call('lpop', KEYS[2])
      return 'mine'
    end
    return found
    = fair_unlock fair:$id fairq:$id | $token
    if redis.call('get', KEYS[1]) ~= ARGV[1] then return {err = 'NOTYOURS ' .. tostring(redis.call('get', KEYS[1]))} end
    redis.call('del', KEYS[1])
    return redis.call('lindex', KEYS[2], 0)
    = read_lock rw:$id | $token
    local mode = redis.call('hget', KEYS[1], 'mode')
    if mode == false then
      redis.call('hset', KEYS[1], 'mode', 'read')
      redis.call('hset', KEYS[1], ARGV[1], 1)
      return 1
    end
    if mode == 'read' or redis.call('hexists', KEYS[1], ARGV[1]) == 1 then
      return redis.call('hincrby', KEYS[1], ARGV[1], 1)
    end
    return nil
    = read_unlock rw:$id | $token
    if redis.call('hexists', KEYS[1], ARGV[1]) == 0 then return -1 end
    local left = redis.call('hincrby', KEYS[1], ARGV[1], -1)
    if left <= 0 then redis.call('hdel', KEYS[1], ARGV[1]) end
    if redis.call('hlen', KEYS[1]) == 1 then redis.call('del', KEYS[1]) end
    return left
    = fencing lock:$id fence | $token
    if redis.call('setnx', KEYS[1], ARGV[1]) == 1 then return redis.call('incr', KEYS[2]) end
    return tonumber(redis.call('get', KEYS[2]) or 0) * -1
    """#

  static let limits = #"""
    = fixed_window rate:$id | $pos 60
    local current = redis.call('INCR', KEYS[1])
    if tonumber(current) == 1 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
    if current > tonumber(ARGV[1]) then return 0 end
    return tonumber(ARGV[1]) - current
    = fixed_window_keyed rate:{$id} | $now $pos
    local window = math.floor(tonumber(ARGV[1]) / 1000)
    local key = KEYS[1] .. ':' .. window
    local count = redis.call('incrby', key, 1)
    redis.call('pexpire', key, 3600000)
    return {key, count, count <= tonumber(ARGV[2]) and 1 or 0}
    = sliding_log slog:$id | $now 5000 $pos $token
    local now, window, limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - window)
    local used = redis.call('ZCARD', KEYS[1])
    if used < limit then
      redis.call('ZADD', KEYS[1], now, ARGV[4] .. ':' .. now)
      redis.call('PEXPIRE', KEYS[1], 1000000)
      return {1, limit - used - 1}
    end
    local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
    return {0, tostring(oldest[2] + window - now)}
    = sliding_counter swin:$id | $now 10000 $pos
    local now, size = tonumber(ARGV[1]), tonumber(ARGV[2])
    local current = math.floor(now / size)
    local weight = (now % size) / size
    local a = tonumber(redis.call('hget', KEYS[1], current) or '0')
    local b = tonumber(redis.call('hget', KEYS[1], current - 1) or '0')
    local rate = b * (1 - weight) + a
    if rate >= tonumber(ARGV[3]) then return {0, string.format('%.3f', rate)} end
    redis.call('hincrby', KEYS[1], current, 1)
    return {1, string.format('%.3f', rate + 1)}
    = token_bucket bucket:$id | $now $pos $float $small
    local capacity = tonumber(ARGV[2]) * 10
    local rate = math.abs(tonumber(ARGV[3])) + 0.5
    local wanted = tonumber(ARGV[4])
    local state = redis.call('HMGET', KEYS[1], 'tokens', 'at')
    local tokens = tonumber(state[1]) or capacity
    local at = tonumber(state[2]) or tonumber(ARGV[1])
    local elapsed = math.max(0, tonumber(ARGV[1]) - at) / 1000
    tokens = math.min(capacity, tokens + elapsed * rate)
    local allowed = tokens >= wanted
    if allowed then tokens = tokens - wanted end
    redis.call('HMSET', KEYS[1], 'tokens', tokens, 'at', ARGV[1])
    return {allowed and 1 or 0, tostring(tokens)}
    = leaky leak:$id | $now $pos
    local t = redis.call('get', KEYS[1])
    local level, last = 0, tonumber(ARGV[1])
    if t then
      local sep = string.find(t, ':', 1, true)
      level, last = tonumber(string.sub(t, 1, sep - 1)), tonumber(string.sub(t, sep + 1))
    end
    level = math.max(0, level - (tonumber(ARGV[1]) - last) / 100)
    if level + 1 > tonumber(ARGV[2]) * 2 then return {false, level} end
    redis.call('set', KEYS[1], (level + 1) .. ':' .. ARGV[1])
    return {true, level + 1}
    = gcra gcra:$id | $now 1000 $pos
    local now, emission, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    local tat = tonumber(redis.call('GET', KEYS[1]) or now)
    tat = math.max(now, tat)
    local new_tat = tat + emission
    local allow_at = new_tat - emission * burst
    if now < allow_at then return {1, 0, tostring(allow_at - now)} end
    redis.call('SET', KEYS[1], new_tat, 'PX', 5000000)
    return {0, math.floor((now - allow_at) / emission), tostring(new_tat - now)}
    = multi_window rate:$id rate2:$id | $pos $pos
    local over = {}
    for i = 1, #KEYS do
      local n = redis.call('incr', KEYS[i])
      if n > tonumber(ARGV[i]) then over[#over + 1] = KEYS[i] .. '=' .. n end
    end
    if #over > 0 then
      for i = 1, #KEYS do redis.call('decr', KEYS[i]) end
      return redis.error_reply('LIMIT ' .. table.concat(over, ','))
    end
    return 'OK'
    = concurrency conc:$id | $token $pos
    if redis.call('sismember', KEYS[1], ARGV[1]) == 1 then return 'again' end
    if redis.call('scard', KEYS[1]) >= tonumber(ARGV[2]) then return 'full' end
    redis.call('sadd', KEYS[1], ARGV[1])
    return 'in'
    = quota quota:$id | $small $pos
    local cost = tonumber(ARGV[1])
    if cost < 0 then return redis.error_reply('cost') end
    local used = tonumber(redis.call('get', KEYS[1])) or 0
    if used + cost > tonumber(ARGV[2]) * 5 then return {used, -1} end
    return {redis.call('incrby', KEYS[1], cost), tonumber(ARGV[2]) * 5 - used - cost}
    = reset_limit rate:$id bucket:$id gcra:$id leak:$id | $token
    return redis.call('del', unpack(KEYS))
    = backoff fail:$id | $pos
    local n = redis.call('incr', KEYS[1])
    local delay = math.min(2 ^ n, 2 ^ tonumber(ARGV[1]))
    return {n, delay, tostring(delay / 3)}
    """#

  static let counters = #"""
    = incr_with_expiry count:$id | $n 1000
    local v = redis.call('INCRBY', KEYS[1], ARGV[1])
    if v == tonumber(ARGV[1]) then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
    return v
    = incr_bounded count:$id | $n $big
    local v = tonumber(redis.call('GET', KEYS[1]) or 0) + tonumber(ARGV[1])
    if v > 100 or v < -100 then return redis.error_reply('ERR out of bounds ' .. v) end
    redis.call('SET', KEYS[1], v)
    return v
    = float_counter fcount:$id | $float
    local before = redis.call('get', KEYS[1])
    local after = redis.call('incrbyfloat', KEYS[1], ARGV[1])
    return {before, after, tostring(tonumber(after))}
    = lua_float fcount:$id | $float $float
    local a, b = tonumber(ARGV[1]), tonumber(ARGV[2])
    redis.call('set', KEYS[1], a + b)
    return {redis.call('get', KEYS[1]), tostring(a * b), tostring(a - b), a > b and 1 or 0, math.floor(a), math.ceil(b)}
    = hash_counter hcount:$id | $member $n
    local v = redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
    if v <= 0 then redis.call('HDEL', KEYS[1], ARGV[1]) end
    return {v, redis.call('HLEN', KEYS[1])}
    = many_counters count:1 count:2 count:3 | $n
    local r = {}
    for i, k in ipairs(KEYS) do r[i] = redis.call('incrby', k, ARGV[1] * i) end
    return r
    = big_counter big:$id | $big
    local ok = redis.pcall('incrby', KEYS[1], ARGV[1])
    if type(ok) == 'table' and ok.err then
      redis.call('del', KEYS[1])
      return ok
    end
    return redis.call('get', KEYS[1])
    = compare_and_set cas:$id | $word $word
    if redis.call('get', KEYS[1]) == ARGV[1] or redis.call('exists', KEYS[1]) == 0 then
      redis.call('set', KEYS[1], ARGV[2])
      return true
    end
    return false
    = max_seen max:$id | $n
    local old = tonumber(redis.call('get', KEYS[1]))
    local new = tonumber(ARGV[1])
    if not old or new > old then redis.call('set', KEYS[1], new) return new end
    return old
    = unique visitors:$id | $member $member $member
    local added = redis.call('pfadd', KEYS[1], unpack(ARGV))
    return {added, redis.call('pfcount', KEYS[1])}
    = histogram histo:$id | $float
    local v = tonumber(ARGV[1])
    local bounds = {0.5, 1, 2.5, 5, 10, math.huge}
    for i, bound in ipairs(bounds) do
      if v <= bound then
        redis.call('zincrby', KEYS[1], 1, bound == math.huge and 'inf' or tostring(bound))
      end
    end
    return redis.call('zrange', KEYS[1], 0, -1, 'withscores')
    = average avg:$id | $float
    local n = redis.call('hincrby', KEYS[1], 'n', 1)
    local sum = redis.call('hincrbyfloat', KEYS[1], 'sum', ARGV[1])
    return {n, sum, tostring(sum / n), string.format('%.2f', sum / n)}
    = swap count:$id cas:$id | $token
    local a, b = redis.call('get', KEYS[1]), redis.call('get', KEYS[2])
    if a then redis.call('set', KEYS[2], a) else redis.call('del', KEYS[2]) end
    if b then redis.call('set', KEYS[1], b) else redis.call('del', KEYS[1]) end
    return {a, b}
    = percent count:$id | $n $pos
    local n = tonumber(redis.call('get', KEYS[1]) or ARGV[1])
    if not n then return 'none' end
    return string.format('%d/%d = %.1f%%', n, ARGV[2], n / ARGV[2] * 100)
    """#
}
