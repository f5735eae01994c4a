// Scripts of the corpus: what programs do with the language itself, and what replies become on their way in and out.

extension ScriptCorpus {
  static let language = #"""
    = fibonacci k:$id | $pos
    local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
    return fib(tonumber(ARGV[1]) + 5)
    = memoized k:$id | $pos
    local memo = setmetatable({}, {__mode = 'k'})
    local function f(n)
      if n < 2 then return n end
      if memo[n] then return memo[n] end
      local v = f(n - 1) + f(n - 2)
      memo[n] = v
      return v
    end
    return tostring(f(tonumber(ARGV[1]) % 10 * 8))
    = factorial k:$id | $pos
    local n, r = tonumber(ARGV[1]) % 9 + 10, 1
    for i = 2, n do r = r * i end
    return tostring(r)
    = ackermann k:$id | $small
    local function a(m, n)
      if m == 0 then return n + 1 end
      if n == 0 then return a(m - 1, 1) end
      return a(m - 1, a(m, n - 1))
    end
    return a(2, math.abs(tonumber(ARGV[1])))
    = generator k:$id | $pos
    local function range(n)
      return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end end)
    end
    local r = {}
    for i, square in range(tonumber(ARGV[1])) do r[#r + 1] = i + square end
    return r
    = producer_consumer list:$id | $word $word
    local producer = coroutine.create(function()
      for i = 1, #ARGV do coroutine.yield(redis.call('rpush', KEYS[1], ARGV[i])) end
      return 'end'
    end)
    local seen = {}
    while true do
      local ok, v = coroutine.resume(producer)
      seen[#seen + 1] = tostring(ok) .. ' ' .. tostring(v)
      if coroutine.status(producer) == 'dead' then break end
    end
    seen[#seen + 1] = tostring(coroutine.resume(producer))
    return seen
    = permutations k:$id | $small
    local n, out = math.abs(tonumber(ARGV[1])) % 4 + 1, {}
    local function permute(a, k)
      if k == 0 then out[#out + 1] = table.concat(a) return end
      for i = 1, k do
        a[i], a[k] = a[k], a[i]
        permute(a, k - 1)
        a[i], a[k] = a[k], a[i]
      end
    end
    local a = {}
    for i = 1, n do a[i] = i end
    permute(a, n)
    return out
    = closures k:$id | $n
    local function counter(start)
      local n = start
      return function(by) n = n + (by or 1) return n end
    end
    local a, b = counter(tonumber(ARGV[1])), counter(0)
    return {a(), a(5), b(), a(), b(2)}
    = classes k:$id | $n $n
    local Account = {}
    Account.__index = Account
    function Account.new(b) return setmetatable({balance = b}, Account) end
    function Account:deposit(v) self.balance = self.balance + v return self end
    function Account:withdraw(v)
      if v > self.balance then error('insufficient funds', 0) end
      self.balance = self.balance - v
      return self
    end
    local a = Account.new(tonumber(ARGV[1])):deposit(10)
    local ok, e = pcall(a.withdraw, a, tonumber(ARGV[2]))
    return {ok and 1 or 0, ok and 'done' or e, a.balance}
    = metatables k:$id | $n $n
    local V = {}
    V.__add = function(a, b) return setmetatable({a[1] + b[1]}, V) end
    V.__mul = function(a, b) return setmetatable({a[1] * (type(b) == 'number' and b or b[1])}, V) end
    V.__eq = function(a, b) return a[1] == b[1] end
    V.__lt = function(a, b) return a[1] < b[1] end
    V.__le = function(a, b) return a[1] <= b[1] end
    V.__unm = function(a) return setmetatable({-a[1]}, V) end
    V.__concat = function(a, b) return (type(a) == 'table' and a[1] or a) .. '~' .. (type(b) == 'table' and b[1] or b) end
    V.__call = function(self, x) return self[1] + x end
    V.__tostring = function(self) return '<' .. self[1] .. '>' end
    V.__index = function(t, k) return 'no ' .. k end
    local a, b = setmetatable({tonumber(ARGV[1])}, V), setmetatable({tonumber(ARGV[2])}, V)
    return {(a + b)[1], (a * 2)[1], a == b and 1 or 0, a < b and 1 or 0, a <= b and 1 or 0, (-a)[1], a .. b, a .. 'x',
      'x' .. b, a(1), tostring(a), a.foo}
    = varargs k:$id | $word $n $word
    local function f(...)
      local n = select('#', ...)
      local a, b = ...
      return n, a, b, select(-1, ...)
    end
    return {f(unpack(ARGV))}
    = words k:$id | $text
    local counts, order = {}, {}
    for w in string.gmatch(string.lower(ARGV[1]), '%a+') do
      if not counts[w] then order[#order + 1] = w end
      counts[w] = (counts[w] or 0) + 1
    end
    table.sort(order)
    for i, w in ipairs(order) do order[i] = w .. ' ' .. counts[w] end
    return order
    = split_join k:$id | $text
    local parts = {}
    for part in string.gmatch(ARGV[1] .. ',', '([^,]*),') do parts[#parts + 1] = part end
    return {#parts, table.concat(parts, ';'), string.rep(parts[1], 2), (string.reverse(ARGV[1]))}
    = substitute k:$id | $text $word
    local a, n = string.gsub(ARGV[1], '(%w)(%w*)', function(first, rest) return first:upper() .. rest end)
    local b = string.gsub(ARGV[1], '%s+', '_')
    local c = string.gsub(ARGV[1], '.', {a = '1', e = '2'})
    local d = string.gsub(ARGV[1], '(%a)', '<%1>', 3)
    return {a, n, b, c, d}
    = template k:$id | $member $n
    local t = 'Hello ${name}, you are ${n} and ${missing}'
    local vars = {name = ARGV[1], n = ARGV[2]}
    return (string.gsub(t, '%${(%w+)}', function(k) return vars[k] or '?' end))
    = parse_url k:$id | $word
    local url = 'http://host:8080/' .. ARGV[1] .. '?a=1&b=two%20words'
    local scheme, host, port, path, query = string.match(url, '^(%a+)://([^:/]+):(%d+)([^?]*)%??(.*)$')
    local q = {}
    for k, v in string.gmatch(query, '([^&=]+)=([^&=]*)') do
      q[#q + 1] = k .. '->' .. string.gsub(v, '%%(%x%x)', function(h) return string.char(tonumber(h, 16)) end)
    end
    return {scheme, host, tonumber(port), path, unpack(q)}
    = formats k:$id | $n $float $word
    local n, f = tonumber(ARGV[1]), tonumber(ARGV[2])
    return {string.format('%d|%5d|%-5d|%05d|%+d|%x|%X|%o', n, n, n, n, n, math.abs(n), math.abs(n), math.abs(n)),
      string.format('%.2f|%8.3f|%e|%g|%G', f, f, f, f, f), string.format('%s|%10s|%-10s|%.3s|%q', ARGV[3], ARGV[3], ARGV[3],
      ARGV[3], ARGV[3]), string.format('%c%c', 65, 66), string.format('%%')}
    = numbers k:$id | $number
    local x = tonumber(ARGV[1])
    if not x then return 'nan' end
    return {tostring(x), tostring(x + 1), tostring(x / 2), tostring(0 - x), tostring(x * 0.1), x, math.floor(x),
      tostring(x % 7), tostring(x == math.floor(x))}
    = number_texts k:$id | $number
    return {tostring(tonumber(ARGV[1])), tostring(tonumber(ARGV[1], 16)), tostring(tonumber(ARGV[1], 2)),
      tostring(tonumber(ARGV[1] .. ' ')), tostring(tonumber('0x' .. ARGV[1]))}
    = arithmetic k:$id | $n $n
    local a, b = tonumber(ARGV[1]), tonumber(ARGV[2])
    if b == 0 then b = 1 end
    return {a + b, a - b, a * b, tostring(a / b), a % b, tostring(a ^ 2), tostring(2 ^ -b), tostring(math.fmod(a, b)),
      tostring(math.modf(a / b)), ARGV[1] + ARGV[2], '10' * 2, -ARGV[1]}
    = mathematics k:$id | $float
    local x = math.abs(tonumber(ARGV[1])) + 0.25
    local function f(v) return string.format('%.9g', v) end
    return {f(math.sqrt(x)), f(math.log(x)), f(math.log10(x)), f(math.exp(-x / 1e6)), f(math.sin(x)), f(math.pow(x, 0.5)),
      f(math.ldexp(0.5, 3)), f((math.frexp(x))), math.max(1, x) > 1 and 1 or 0, f(math.atan2(x, 2)), f(math.rad(180)), f(math.pi)}
    = sorting k:$id | $word $word $n $n $word
    local a, b = {}, {}
    for i, v in ipairs(ARGV) do a[i] = v b[i] = tonumber(v) or #v end
    table.sort(a)
    table.sort(b, function(x, y) return x > y end)
    return {a, b}
    = tables k:$id | $n $word
    local t = {1, 2, 3}
    table.insert(t, 2, ARGV[1])
    table.insert(t, ARGV[2])
    local r = table.remove(t, 1)
    local last = table.remove(t)
    return {#t, r, last, table.concat(t, '-'), table.maxn({[10] = 1}), table.getn({1, 2}), unpack(t)}
    = loops k:$id | $pos
    local n, r = tonumber(ARGV[1]), {}
    for i = n, 1, -2 do r[#r + 1] = i end
    for x = 0, 1, 0.25 do r[#r + 1] = tostring(x) end
    local i = 0
    repeat
      i = i + 1
      if i % 2 == 0 then r[#r + 1] = -i end
    until i >= n
    while i > 0 do i = i - 3 if i < 2 then break end end
    r[#r + 1] = i
    return r
    = errors k:$id | $word
    local function f(k)
      if k == 1 then error(ARGV[1]) end
      if k == 2 then error({code = 7}) end
      if k == 3 then error(ARGV[1], 0) end
      if k == 4 then error(ARGV[1], 2) end
      if k == 5 then local x = nil; return x.y end
      if k == 6 then return #nil end
      if k == 7 then return {} .. 'x' end
      if k == 8 then return nosuch end
      assert(k == 0, ARGV[1])
    end
    local r = {}
    for k = 1, 9 do
      local ok, e = pcall(f, k)
      r[k] = type(e) == 'table' and e.code or tostring(e)
    end
    return r
    = handlers k:$id | $word
    local ok, e = xpcall(function() error(ARGV[1]) end, function(m) return 'handled ' .. m end)
    local ok2, e2 = pcall(pcall, error, 'x')
    return {tostring(ok), e, tostring(ok2), tostring(e2)}
    = load_text k:$id | $n
    local f, e = loadstring('local x = ' .. ARGV[1] .. ' return x * 2, x .. ""')
    if not f then return e end
    return {f()}
    = bytes k:$id | $text
    local b = {string.byte(ARGV[1], 1, -1)}
    local s = 0
    for _, v in ipairs(b) do s = s + v end
    return {#b, s, #string.char(unpack(b)), string.sub(ARGV[1], -3), string.sub(ARGV[1], 2, 4), string.find(ARGV[1], 'e') or 0}
    = base64 k:$id | $text
    local alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    local out, data = {}, ARGV[1]
    for i = 1, #data, 3 do
      local a, b, c = string.byte(data, i, i + 2)
      local n = a * 65536 + (b or 0) * 256 + (c or 0)
      for j = 3, 0, -1 do
        local d = math.floor(n / 64 ^ j) % 64
        out[#out + 1] = (j == 1 and not b or j == 0 and not c) and '=' or string.sub(alphabet, d + 1, d + 1)
      end
    end
    return table.concat(out)
    = bits k:$id | $big $small
    local n, s = tonumber(ARGV[1]), tonumber(ARGV[2])
    return {bit.tobit(n), bit.band(n, 255), bit.bor(n, 1), bit.bxor(n, -1), bit.bnot(n), bit.lshift(n, s), bit.rshift(n, s),
      bit.arshift(n, s), bit.rol(n, s), bit.ror(n, s), bit.bswap(n), bit.tohex(n), bit.tohex(n, -4)}
    = pattern_edges k:$id | $text
    local t = ARGV[1]
    return {string.find(t, '^%s*$') or 0, string.match(t, '^(.-)%s*$'), string.match(t, '%d+') or '-', string.match(t, '()'),
      string.gsub(t, '', '.'), string.match(t, '%f[%w]%w+') or '-', string.match(t, '[%a_][%w_]*') or '-',
      string.match(t, '%b()') or '-', string.find(t, '.', 1, true) or 0}
    = lru k:$id | $member
    local items = redis.call('lrange', KEYS[1] .. ':lru', 0, -1)
    for i, v in ipairs(items) do if v == ARGV[1] then redis.call('lrem', KEYS[1] .. ':lru', 1, v) end end
    redis.call('lpush', KEYS[1] .. ':lru', ARGV[1])
    redis.call('ltrim', KEYS[1] .. ':lru', 0, 2)
    return redis.call('lrange', KEYS[1] .. ':lru', 0, -1)
    = graph graph:$id | $member $member
    redis.call('sadd', KEYS[1] .. ':' .. ARGV[1], ARGV[2])
    local queue, seen, order = {ARGV[1]}, {[ARGV[1]] = true}, {}
    while #queue > 0 do
      local n = table.remove(queue, 1)
      order[#order + 1] = n
      local next = redis.call('smembers', KEYS[1] .. ':' .. n)
      table.sort(next)
      for _, m in ipairs(next) do if not seen[m] then seen[m] = true queue[#queue + 1] = m end end
    end
    return order
    """#

  static let conversions = #"""
    = kinds k:$id | $word
    return {1, 2.9, -2.9, 'x', true, false, {1, {2}}, {ok = 'fine'}, {err = 'BAD luck'}}
    = holes k:$id | $n
    return {1, nil, 3, tonumber(ARGV[1])}
    = statuses k:$id | $word
    return redis.status_reply(ARGV[1])
    = failures k:$id | $word
    return redis.error_reply(ARGV[1])
    = raised k:$id | $word
    error({err = 'CODE ' .. ARGV[1]})
    = raised_text k:$id | $word
    error(ARGV[1])
    = typed k:$id | $float $word
    return {{double = tonumber(ARGV[1])}, {map = {a = ARGV[2]}}, {set = {x = true}}, {big_number = '12345678901234567890'},
      {verbatim_string = {string = ARGV[2], format = 'txt'}}}
    = resp3_types h:$id s:$id z:$id | $member $float
    redis.setresp(3)
    redis.call('hset', KEYS[1], ARGV[1], ARGV[2])
    redis.call('zadd', KEYS[3], 1, ARGV[1])
    local map = redis.call('hgetall', KEYS[1])
    local score = redis.call('zscore', KEYS[3], ARGV[1])
    local none = redis.call('get', 'nothing')
    return {type(map.map), map.map[ARGV[1]], tostring(score.double), tostring(none), redis.call('sismember', KEYS[2], 'x')}
    = resp3_reply z:$id | $member $float
    redis.setresp(3)
    redis.call('zadd', KEYS[1], tonumber(ARGV[2]), ARGV[1])
    return redis.call('zscore', KEYS[1], ARGV[1])
    = resp3_null k:$id | $word
    redis.setresp(3)
    return redis.call('get', 'nothing')
    = null_forms k:$id | $word
    return {redis.call('get', 'nothing'), redis.call('lpop', 'nothing'), redis.call('hget', 'nothing', 'x'), 1}
    = integers_in k:$id | $big
    local r = redis.pcall('set', KEYS[1], ARGV[1])
    local v = redis.pcall('incrby', KEYS[1], 1)
    if type(v) == 'table' then return v end
    return {v, tostring(v), redis.call('get', KEYS[1])}
    = arguments k:$id | $float $n
    local a, b = tonumber(ARGV[1]), tonumber(ARGV[2])
    redis.call('rpush', KEYS[1] .. ':args', a, b, a * 1.0, b / 4, 1e15, 1e100, 0.1, 3.0, -0.5, 2 ^ 53)
    local r = redis.call('lrange', KEYS[1] .. ':args', 0, -1)
    redis.call('del', KEYS[1] .. ':args')
    return r
    = bad_arguments k:$id | $word
    local r = {}
    for i, a in ipairs({{}, true, function() end, KEYS}) do r[i] = redis.pcall('set', KEYS[1], a).err end
    r[#r + 1] = redis.pcall().err
    r[#r + 1] = redis.pcall('nosuch', 'x').err
    r[#r + 1] = redis.pcall('get').err
    r[#r + 1] = redis.pcall('subscribe', 'x').err
    return r
    = deep_reply k:$id | $pos
    local t = 'x'
    for i = 1, tonumber(ARGV[1]) do t = {t, i} end
    return t
    = nested_pcall k:$id | $word
    local a = redis.pcall('hset', KEYS[1] .. ':str', 'a', 'b')
    redis.call('del', KEYS[1] .. ':str')
    redis.call('set', KEYS[1] .. ':str', ARGV[1])
    local b = redis.pcall('hset', KEYS[1] .. ':str', 'a', 'b')
    return {a, b.err, redis.call('get', KEYS[1] .. ':str')}
    = sandbox k:$id | $word
    local r = {}
    for i, f in ipairs({
      function() x = 1 end, function() return x end, function() redis.call = nil end, function() _G.x = 1 end,
      function() string.rep = 1 end, function() rawset(_G, 'x', 1) end, function() setmetatable(_G, {}) end,
      function() return print end, function() return os.time() end, function() return dofile end,
    }) do
      local ok, e = pcall(f)
      r[i] = tostring(ok) .. ' ' .. tostring(e)
    end
    return r
    = version k:$id | $word
    return {redis.REDIS_VERSION_NUM > 0x00060000 and 1 or 0, _VERSION, redis.LOG_WARNING, redis.REPL_ALL}
    = selected k:$id | $bit
    redis.call('select', 1 + ARGV[1])
    redis.call('set', 'elsewhere', KEYS[1])
    redis.call('select', 0)
    return redis.call('exists', 'elsewhere')
    = keys_and_arguments k:$id k:1 | $word $n
    return {#KEYS, #ARGV, KEYS[1], KEYS[2], ARGV[1], ARGV[2], KEYS[3], 'unseen'}
    """#
}
