// Scripts of the corpus: queues, leaderboards, batches, streams.

extension ScriptCorpus {
  static let queues = #"""
    = push queue:$id | $word $word $word
    return redis.call('RPUSH', KEYS[1], unpack(ARGV))
    = reserve queue:$id reserved:$id | $now
    local job = redis.call('lpop', KEYS[1])
    if job ~= false then
      redis.call('zadd', KEYS[2], ARGV[1], job)
    end
    return job
    = complete reserved:$id | $word
    return redis.call('zrem', KEYS[1], ARGV[1])
    = requeue_late reserved:$id queue:$id | $now
    local late = redis.call('zrangebyscore', KEYS[1], '-inf', ARGV[1])
    if next(late) ~= nil then
      redis.call('zremrangebyrank', KEYS[1], 0, #late - 1)
      for i = 1, #late, 100 do
        redis.call('rpush', KEYS[2], unpack(late, i, math.min(i + 99, #late)))
      end
    end
    return late
    = delay delayed:$id | $now $word
    redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[2])
    return redis.call('ZCOUNT', KEYS[1], '-inf', '+inf')
    = promote delayed:$id queue:$id | $now $pos
    local jobs = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
    for _, job in ipairs(jobs) do
      redis.call('LPUSH', KEYS[2], job)
      redis.call('ZREM', KEYS[1], job)
    end
    return {#jobs, jobs[1] or ''}
    = push_priority pq:$id pqseq | $small $word
    local sequence = redis.call('incr', KEYS[2])
    local priority = tonumber(ARGV[1])
    redis.call('zadd', KEYS[1], priority * 4294967296 + sequence % 4294967296, ARGV[2])
    return string.format('%d', priority * 4294967296 + sequence)
    = pop_priority pq:$id | $pos
    local r = redis.call('zpopmin', KEYS[1], ARGV[1])
    local out = {}
    for i = 1, #r, 2 do out[#out + 1] = {r[i], r[i + 1]} end
    return out
    = priority_levels high:$id queue:$id low:$id | $token
    for i, key in ipairs(KEYS) do
      local job = redis.call('rpop', key)
      if job then return {i, job} end
    end
    return {0}
    = job_hash job:$id queue:$id | $token $now $json
    if redis.call('exists', KEYS[1]) == 1 then return redis.call('hget', KEYS[1], 'state') end
    redis.call('hmset', KEYS[1], 'state', 'waiting', 'owner', ARGV[1], 'at', ARGV[2], 'data', ARGV[3])
    redis.call('rpush', KEYS[2], KEYS[1])
    return redis.call('llen', KEYS[2])
    = job_move job:$id | waiting active $now
    local state = redis.call('hget', KEYS[1], 'state')
    if state ~= ARGV[1] then return {state or 'missing', -2} end
    redis.call('hset', KEYS[1], 'state', ARGV[2])
    redis.call('hset', KEYS[1], 'processedOn', ARGV[3])
    return redis.call('hgetall', KEYS[1])
    = job_fail job:$id dead:$id | $pos
    local attempts = redis.call('hincrby', KEYS[1], 'attempts', 1)
    if attempts >= tonumber(ARGV[1]) then
      redis.call('lpush', KEYS[2], KEYS[1])
      redis.call('ltrim', KEYS[2], 0, 9)
      redis.call('del', KEYS[1])
      return 'dead'
    end
    return attempts
    = dedupe_push queue:$id seen:$id | $word
    if redis.call('sadd', KEYS[2], ARGV[1]) == 1 then return redis.call('rpush', KEYS[1], ARGV[1]) end
    return 0
    = trim_queue queue:$id | $small
    local length = redis.call('llen', KEYS[1])
    local keep = tonumber(ARGV[1])
    if keep < 0 then keep = -keep end
    if length > keep then redis.call('ltrim', KEYS[1], length - keep, -1) end
    return {length, redis.call('llen', KEYS[1])}
    = rotate queue:$id low:$id | $small
    local moved = {}
    for i = 1, tonumber(ARGV[1]) do
      local x = redis.call('rpoplpush', KEYS[1], KEYS[2])
      if not x then break end
      moved[i] = x
    end
    return moved
    = remove_everywhere queue:$id high:$id low:$id delayed:$id | $word
    local n = 0
    for i = 1, 3 do n = n + redis.call('lrem', KEYS[i], 0, ARGV[1]) end
    return n + redis.call('zrem', KEYS[4], ARGV[1])
    = sizes queue:$id high:$id low:$id delayed:$id reserved:$id | $token
    local s = {}
    for i, k in ipairs(KEYS) do
      local t = redis.call('type', k)['ok']
      s[i] = t == 'list' and redis.call('llen', k) or t == 'zset' and redis.call('zcard', k) or t
    end
    return s
    = circular ring:$id | $word
    redis.call('lpush', KEYS[1], ARGV[1])
    redis.call('ltrim', KEYS[1], 0, 4)
    local all = redis.call('lrange', KEYS[1], 0, -1)
    return table.concat(all, '|')
    """#

  static let boards = #"""
    = score board:$id | $float $member
    return redis.call('ZINCRBY', KEYS[1], ARGV[1], ARGV[2])
    = score_if_better board:$id | $n $member
    local old = redis.call('zscore', KEYS[1], ARGV[2])
    if not old or tonumber(old) < tonumber(ARGV[1]) then
      redis.call('zadd', KEYS[1], ARGV[1], ARGV[2])
      return {old or 'new', ARGV[1]}
    end
    return {old}
    = around board:$id | $member $small
    local rank = redis.call('zrevrank', KEYS[1], ARGV[1])
    if not rank then return {} end
    local span = math.abs(tonumber(ARGV[2]))
    local from = math.max(0, rank - span)
    return redis.call('zrevrange', KEYS[1], from, rank + span, 'WITHSCORES')
    = page board:$id | $small $pos
    local page, size = math.max(0, tonumber(ARGV[1])), tonumber(ARGV[2])
    local flat = redis.call('zrevrange', KEYS[1], page * size, (page + 1) * size - 1, 'withscores')
    local rows = {}
    for i = 1, #flat, 2 do rows[#rows + 1] = flat[i] .. '=' .. flat[i + 1] end
    return {redis.call('zcard', KEYS[1]), rows}
    = dense_rank board:$id | $token
    local flat = redis.call('zrange', KEYS[1], 0, -1, 'REV', 'WITHSCORES')
    local rank, last, out = 0, nil, {}
    for i = 1, #flat, 2 do
      if flat[i + 1] ~= last then rank = rank + 1 last = flat[i + 1] end
      out[#out + 1] = rank .. ':' .. flat[i]
    end
    return out
    = merge board:1 board:2 merged | $small
    redis.call('zunionstore', KEYS[3], 2, KEYS[1], KEYS[2], 'WEIGHTS', 1, ARGV[1], 'AGGREGATE', 'MAX')
    return redis.call('zrange', KEYS[3], 0, -1, 'withscores')
    = trim_board board:$id | $pos
    return redis.call('zremrangebyrank', KEYS[1], 0, -(tonumber(ARGV[1]) + 1))
    = tie_break board:$id | $pos $now $member
    local score = tonumber(ARGV[1]) + (1 - tonumber(ARGV[2]) / 1e13)
    redis.call('zadd', KEYS[1], score, ARGV[3])
    return {redis.call('zscore', KEYS[1], ARGV[3]), math.floor(score)}
    = percentile board:$id | $pos
    local n = redis.call('zcard', KEYS[1])
    if n == 0 then return redis.error_reply('EMPTY') end
    local index = math.floor((n - 1) * tonumber(ARGV[1]) / 10 + 0.5)
    return redis.call('zrange', KEYS[1], index, index, 'withscores')
    = profile board:$id player:$id | $member
    local s = redis.call('zscore', KEYS[1], ARGV[1])
    if s then redis.call('hset', KEYS[2], ARGV[1], s) end
    local all = redis.call('hgetall', KEYS[2])
    local t = {}
    for i = 1, #all, 2 do t[all[i]] = tonumber(all[i + 1]) end
    local names = {}
    for k in pairs(t) do names[#names + 1] = k end
    table.sort(names, function(a, b) if t[a] ~= t[b] then return t[a] > t[b] end return a < b end)
    return names
    = decay board:$id | $float
    local flat = redis.call('zrange', KEYS[1], 0, -1, 'withscores')
    for i = 1, #flat, 2 do
      local s = tonumber(flat[i + 1]) * 0.5
      if math.abs(s) < 0.25 then redis.call('zrem', KEYS[1], flat[i]) else redis.call('zadd', KEYS[1], s, flat[i]) end
    end
    return redis.call('zrange', KEYS[1], 0, -1, 'withscores')
    = random_free_pick board:$id | $pos
    local n = redis.call('zcard', KEYS[1])
    if n == 0 then return false end
    return redis.call('zrange', KEYS[1], ARGV[1] % n, ARGV[1] % n)[1]
    """#

  static let batches = #"""
    = mset_all b:1 b:2 b:3 b:4 | $word $word $n $float
    for i = 1, #KEYS do redis.call('set', KEYS[i], ARGV[i]) end
    return redis.call('mget', unpack(KEYS))
    = del_matching bset:$id | $member
    local members = redis.call('smembers', KEYS[1])
    table.sort(members)
    local gone = {}
    for _, m in ipairs(members) do
      if string.match(m, ARGV[1]) then redis.call('srem', KEYS[1], m) gone[#gone + 1] = m end
    end
    return gone
    = fill_set bset:$id | $member $member $n
    return redis.call('sadd', KEYS[1], unpack(ARGV))
    = move_set bset:1 bset:2 | $pos
    local members = redis.call('smembers', KEYS[1])
    table.sort(members)
    local n = 0
    for i = 1, math.min(#members, tonumber(ARGV[1])) do n = n + redis.call('smove', KEYS[1], KEYS[2], members[i]) end
    return n
    = copy_hash bhash:1 bhash:2 | $token
    local flat = redis.call('hgetall', KEYS[1])
    if #flat > 0 then redis.call('hset', KEYS[2], unpack(flat)) end
    return #flat / 2
    = fill_hash bhash:$id | $member $word $member $float
    return redis.call('hset', KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4])
    = chunked blist:$id | $pos
    local data = {}
    for i = 1, tonumber(ARGV[1]) * 40 do data[i] = i * i end
    for i = 1, #data, 100 do redis.call('rpush', KEYS[1], unpack(data, i, math.min(i + 99, #data))) end
    return redis.call('llen', KEYS[1])
    = sum_list blist:$id | $token
    local s = 0
    for _, v in ipairs(redis.call('lrange', KEYS[1], 0, -1)) do s = s + (tonumber(v) or 0) end
    redis.call('del', KEYS[1])
    return s
    = rename_all b:1 b:2 b:3 | $token
    local done = {}
    for _, k in ipairs(KEYS) do
      local r = redis.pcall('rename', k, k .. ':' .. ARGV[1])
      done[#done + 1] = r.err or r.ok
    end
    return done
    = types b:1 bset:1 bhash:1 blist:1 nothing | $token
    local t = {}
    for i, k in ipairs(KEYS) do t[i] = redis.call('type', k).ok .. '/' .. redis.call('exists', k) end
    return t
    = wrong_type bset:$id bhash:$id | $token
    local a = redis.pcall('incr', KEYS[1])
    local b = redis.pcall('lpush', KEYS[2], 'x')
    return {type(a) == 'table' and a.err or tostring(a), type(b) == 'table' and b.err or tostring(b)}
    = raises bset:$id | $token
    return redis.call('incr', KEYS[1])
    = nested_error bset:$id | $token
    local ok, e = pcall(function() return redis.call('hget', KEYS[1], 'x') end)
    return {ok, e}
    = dump_all bset:$id bhash:$id | $token
    local out = {}
    for _, k in ipairs(KEYS) do
      local d = redis.call('dump', k)
      out[#out + 1] = d and #d or 'none'
      if d then redis.call('restore', k .. ':copy', 0, d, 'replace') end
    end
    return out
    = set_operations bset:1 bset:2 bset:3 | $token
    redis.call('sunionstore', KEYS[3], KEYS[1], KEYS[2])
    local function sorted(t) table.sort(t) return t end
    return {sorted(redis.call('sinter', KEYS[1], KEYS[2])), sorted(redis.call('sdiff', KEYS[1], KEYS[2])),
      redis.call('scard', KEYS[3])}
    = sort_command blist:$id | $token
    redis.call('rpush', KEYS[1], 3, 1, 2)
    return redis.call('sort', KEYS[1], 'desc', 'limit', 0, 5)
    """#

  static let streams = #"""
    = add_at events:$id | $pos $word
    local last = redis.call('xrevrange', KEYS[1], '+', '-', 'COUNT', 1)
    local ms = last[1] and tonumber(string.match(last[1][1], '^(%d+)-')) or 0
    return redis.pcall('xadd', KEYS[1], (ms + tonumber(ARGV[1])) .. '-1', 'f', ARGV[2])
    = exact exact:$id | $n $word
    return redis.pcall('XADD', KEYS[1], ARGV[1] .. '-*', 'k', ARGV[2])
    = exact_range exact:$id | $n $pos
    local r = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ARGV[2])
    local out = {}
    for _, entry in ipairs(r) do
      local fields = entry[2]
      out[#out + 1] = entry[1] .. ' ' .. table.concat(fields, '=')
    end
    return out
    = group exact:$id | $word
    return redis.pcall('xgroup', 'create', KEYS[1], 'g', '0', 'mkstream')
    = read_group exact:$id | $token $pos
    local r = redis.pcall('xreadgroup', 'group', 'g', ARGV[1], 'count', ARGV[2], 'streams', KEYS[1], '>')
    if not r then return 'nothing' end
    if r.err then return r end
    local ids = {}
    for _, e in ipairs(r[1][2]) do ids[#ids + 1] = e[1] end
    return ids
    = ack exact:$id | $n
    return redis.pcall('xack', KEYS[1], 'g', ARGV[1] .. '-0', ARGV[1] .. '-1')
    = pending exact:$id | $token
    local p = redis.pcall('xpending', KEYS[1], 'g')
    return p.err and p or {p[1], p[2], p[3]}
    = trim exact:$id | $pos
    return {redis.call('xtrim', KEYS[1], 'maxlen', ARGV[1]), redis.call('xlen', KEYS[1])}
    = totals exact:$id | $token
    local n = {}
    for _, e in ipairs(redis.call('xrange', KEYS[1], '-', '+')) do
      local f = {}
      for i = 1, #e[2], 2 do f[e[2][i]] = e[2][i + 1] end
      local k = f.k or '?'
      n[k] = (n[k] or 0) + 1
    end
    local names = {}
    for k, v in pairs(n) do names[#names + 1] = k .. ':' .. v end
    table.sort(names)
    return names
    """#
}
