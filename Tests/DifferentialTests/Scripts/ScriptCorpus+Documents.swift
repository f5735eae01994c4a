// Scripts of the corpus: sessions, filters, JSON, packed forms, geography.

extension ScriptCorpus {
  static let sessions = #"""
    = open_session session:$id usersessions:$member | $token $now $json
    redis.call('hmset', KEYS[1], 'token', ARGV[1], 'created', ARGV[2], 'data', ARGV[3])
    redis.call('expire', KEYS[1], 100000)
    redis.call('sadd', KEYS[2], KEYS[1])
    return redis.call('scard', KEYS[2])
    = touch_session session:$id | $now
    if redis.call('exists', KEYS[1]) == 0 then return false end
    redis.call('hset', KEYS[1], 'seen', ARGV[1])
    return redis.call('expire', KEYS[1], 200000)
    = check_session session:$id | $token
    local t = redis.call('hget', KEYS[1], 'token')
    if not t then return {err = 'NOSESSION unknown'} end
    if t ~= ARGV[1] then return {err = 'BADTOKEN ' .. #t} end
    return {ok = 'VALID'}
    = session_data session:$id | path
    local d = redis.call('hget', KEYS[1], 'data')
    if not d then return nil end
    local ok, doc = pcall(cjson.decode, d)
    if not ok then return 'bad json' end
    if type(doc) ~= 'table' then return tostring(doc) end
    local v = doc[ARGV[1]] or doc.name or doc.id
    if v == cjson.null then return 'null' end
    return type(v) == 'table' and #v or v
    = update_session session:$id | $word $n
    local d = redis.call('hget', KEYS[1], 'data')
    local doc = d and cjson.decode(d) or {}
    if type(doc) ~= 'table' then doc = {} end
    if doc[1] == nil and next(doc) == nil or doc.count then
      doc = {count = (doc.count or 0) + tonumber(ARGV[2])}
      redis.call('hset', KEYS[1], 'data', cjson.encode(doc))
    end
    return doc.count
    = close_session session:$id usersessions:$member | $token
    local n = redis.call('del', KEYS[1])
    return {n, redis.call('srem', KEYS[2], KEYS[1])}
    = list_sessions usersessions:$member | $token
    local live = {}
    for _, s in ipairs(redis.call('smembers', KEYS[1])) do
      if redis.call('exists', s) == 1 then live[#live + 1] = s else redis.call('srem', KEYS[1], s) end
    end
    table.sort(live)
    return live
    = login user:$member | $word $now
    local p = redis.call('hget', KEYS[1], 'password')
    if not p then redis.call('hset', KEYS[1], 'password', redis.sha1hex(ARGV[1]), 'tries', 0) return 'registered' end
    if p ~= redis.sha1hex(ARGV[1]) then return redis.call('hincrby', KEYS[1], 'tries', 1) end
    redis.call('hset', KEYS[1], 'tries', 0, 'last', ARGV[2])
    return redis.status_reply('WELCOME')
    = csrf session:$id | $token $word
    local seed = redis.call('hget', KEYS[1], 'token') or ''
    return redis.sha1hex(seed .. ':' .. ARGV[2])
    = flags session:$id | $member $bit
    local f = tonumber(redis.call('hget', KEYS[1], 'flags') or '0')
    local b = bit.lshift(1, #ARGV[1] % 8)
    if ARGV[2] == '1' then f = bit.bor(f, b) else f = bit.band(f, bit.bnot(b)) end
    redis.call('hset', KEYS[1], 'flags', f)
    return {f, bit.tohex(f), bit.tohex(f, 2)}
    = cart_add cart:$id stock | $member $small
    local want = tonumber(ARGV[2])
    local left = tonumber(redis.call('hget', KEYS[2], ARGV[1]) or 10)
    if want <= 0 then return redis.error_reply('ERR quantity') end
    if left < want then return {-1, left} end
    redis.call('hset', KEYS[2], ARGV[1], left - want)
    return {redis.call('hincrby', KEYS[1], ARGV[1], want), left - want}
    = cart_total cart:$id | $float
    local flat, total = redis.call('hvals', KEYS[1]), 0
    for _, v in ipairs(flat) do total = total + v * tonumber(ARGV[1]) end
    return string.format('%.4f', total)
    = inventory stock | $member $member
    local r = redis.call('hmget', KEYS[1], ARGV[1], ARGV[2], 'nothing')
    local out = {}
    for i = 1, 3 do out[i] = r[i] and tonumber(r[i]) or -1 end
    return out
    """#

  static let filters = #"""
    = bloom_add bloom:$id | $word
    local h = redis.sha1hex(ARGV[1])
    local changed = 0
    for i = 1, 5 do
      local offset = tonumber(string.sub(h, i * 4 - 3, i * 4), 16) % 8192
      if redis.call('setbit', KEYS[1], offset, 1) == 0 then changed = 1 end
    end
    return changed
    = bloom_has bloom:$id | $word
    local h = redis.sha1hex(ARGV[1])
    for i = 1, 5 do
      local offset = tonumber(string.sub(h, i * 4 - 3, i * 4), 16) % 8192
      if redis.call('getbit', KEYS[1], offset) == 0 then return 0 end
    end
    return 1
    = bloom_fill bloom:$id | $token
    return {redis.call('bitcount', KEYS[1]), redis.call('bitpos', KEYS[1], 1), redis.call('strlen', KEYS[1])}
    = bloom_double bloom:$id | $word 3
    local h1, h2 = 5381, 0
    for i = 1, #ARGV[1] do
      local c = string.byte(ARGV[1], i)
      h1 = (h1 * 33 + c) % 4294967296
      h2 = (h2 * 131 + c) % 65521
    end
    local r = {}
    for i = 0, tonumber(ARGV[2]) - 1 do
      local o = (h1 + i * h2) % 4096
      r[#r + 1] = o
      redis.call('setbit', KEYS[1], o, 1)
    end
    return r
    = crc crc:$id | $word
    local crc = 0xFFFFFFFF
    for i = 1, #ARGV[1] do
      crc = bit.bxor(crc, string.byte(ARGV[1], i))
      for _ = 1, 8 do
        local mask = -bit.band(crc, 1)
        crc = bit.bxor(bit.rshift(crc, 1), bit.band(0xEDB88320, mask))
      end
    end
    redis.call('set', KEYS[1], bit.tohex(bit.bnot(crc)))
    return redis.call('get', KEYS[1])
    = fnv crc:$id | $word
    local h = 2166136261
    for i = 1, #ARGV[1] do
      h = bit.bxor(h, string.byte(ARGV[1], i))
      h = bit.tobit(h + bit.lshift(h, 1) + bit.lshift(h, 4) + bit.lshift(h, 7) + bit.lshift(h, 8) + bit.lshift(h, 24))
    end
    return {h, bit.tohex(h), tostring(h)}
    = active_days days:$member | $pos $pos
    redis.call('setbit', KEYS[1], ARGV[1], 1)
    local r = {}
    for d = 0, 12 do r[#r + 1] = redis.call('getbit', KEYS[1], d) end
    return table.concat(r)
    = streak days:$member | 12
    local best, run = 0, 0
    for d = 0, tonumber(ARGV[1]) do
      if redis.call('getbit', KEYS[1], d) == 1 then run = run + 1 if run > best then best = run end else run = 0 end
    end
    return {best, run}
    = bitfield_counter field:$id | $pos $n
    local r = redis.call('bitfield', KEYS[1], 'OVERFLOW', 'SAT', 'INCRBY', 'u8', '#' .. ARGV[1], ARGV[2],
      'GET', 'u8', '#0')
    return r
    = retention days:m1 days:m2 days:both | $token
    redis.call('bitop', 'and', KEYS[3], KEYS[1], KEYS[2])
    return redis.call('bitcount', KEYS[3])
    = cardinality visitors:1 visitors:2 visitors:all | $member
    redis.call('pfadd', KEYS[1], ARGV[1])
    redis.call('pfmerge', KEYS[3], KEYS[1], KEYS[2])
    return {redis.call('pfcount', KEYS[3]), redis.call('pfcount', KEYS[1], KEYS[2])}
    = sieve field:$id | $pos
    local n = tonumber(ARGV[1]) * 10
    local composite, primes = {}, {}
    for i = 2, n do
      if not composite[i] then
        primes[#primes + 1] = i
        for j = i * i, n, i do composite[j] = true end
      end
    end
    return primes
    """#

  static let documents = #"""
    = put_document doc:$id | $json
    local ok, d = pcall(cjson.decode, ARGV[1])
    if not ok then return redis.error_reply('JSON ' .. d) end
    redis.call('set', KEYS[1], ARGV[1])
    return type(d)
    = round_trip doc:$id | $json
    local text = redis.call('get', KEYS[1]) or ARGV[1]
    local ok, d = pcall(cjson.decode, text)
    if not ok then return d end
    if type(d) == 'table' and next(d) ~= nil and d[1] == nil then
      local names = {}
      for k in pairs(d) do names[#names + 1] = k end
      table.sort(names)
      for i, k in ipairs(names) do
        local v = d[k]
        names[i] = k .. '=' .. (type(v) == 'table' and #v or tostring(v == cjson.null and 'null' or v))
      end
      return names
    end
    return cjson.encode(d)
    = set_field doc:$id | name $word
    local d = cjson.decode(redis.call('get', KEYS[1]) or '{}')
    if type(d) ~= 'table' or d[1] ~= nil then return redis.error_reply('not an object') end
    d = {name = ARGV[2], old = d.name}
    local keys = 0
    for _ in pairs(d) do keys = keys + 1 end
    if keys == 1 then redis.call('set', KEYS[1], cjson.encode(d)) end
    return {keys, d.name, d.old and tostring(d.old) or false}
    = append_list doclist:$id | $n $word
    local l = cjson.decode(redis.call('get', KEYS[1]) or '[]')
    l[#l + 1] = tonumber(ARGV[1]) or ARGV[1]
    l[#l + 1] = ARGV[2]
    while #l > 8 do table.remove(l, 1) end
    local text = cjson.encode(l)
    redis.call('set', KEYS[1], text)
    return text
    = list_sum doclist:$id | $token
    local l = cjson.decode(redis.call('get', KEYS[1]) or '[]')
    local sum, words = 0, {}
    for _, v in ipairs(l) do
      if type(v) == 'number' then sum = sum + v else words[#words + 1] = v end
    end
    return {tostring(sum), table.concat(words, ' ')}
    = encode_numbers doc:$id | $float $n $big
    return cjson.encode({tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[1]) / 3, tonumber(ARGV[2]) * 2})
    = encode_text doc:$id | $text
    local e = cjson.encode({ARGV[1]})
    return {e, cjson.decode(e)[1] == ARGV[1] and 1 or 0}
    = encode_empty doc:$id | $token
    return {cjson.encode({}), cjson.encode({{}}), cjson.encode({a = {}}), cjson.encode(cjson.decode('[]')),
      cjson.encode(cjson.decode('{}')), cjson.encode(cjson.null), cjson.encode('x'), cjson.encode(1.0)}
    = sparse doc:$id | $pos
    local t = {[1] = 'a', [tonumber(ARGV[1]) * 3] = 'z'}
    local ok, e = pcall(cjson.encode, t)
    return {ok and 1 or 0, e}
    = nested doc:$id | $pos
    local t, d = 'leaf', tonumber(ARGV[1]) * 30
    for i = 1, d do t = {t} end
    local text = cjson.encode(t)
    local n, back = 0, cjson.decode(text)
    while type(back) == 'table' do back = back[1] n = n + 1 end
    return {#text, n, back}
    = bad_json doc:$id | $badjson
    local ok, e = pcall(cjson.decode, ARGV[1])
    return {ok and 1 or 0, type(e) == 'string' and e or type(e)}
    = decode_numbers doc:$id | $number
    local ok, v = pcall(cjson.decode, '[' .. ARGV[1] .. ']')
    if not ok then return v end
    return {type(v[1]), tostring(v[1]), cjson.encode(v)}
    = nulls doc:$id | $token
    local t = cjson.decode('{"a":null,"b":[null,1,null]}')
    return {t.a == cjson.null and 1 or 0, #t.b, tostring(t.b[1]), type(t.a), cjson.encode(t.b)}
    = index_documents doc:1 doc:2 doc:3 index:$member | $member
    local n = 0
    for i = 1, 3 do
      local d = redis.call('get', KEYS[i])
      if d and string.find(d, ARGV[1], 1, true) then n = n + redis.call('sadd', KEYS[4], KEYS[i]) end
    end
    return n
    = merge_documents hdoc:$id | $json
    local ok, d = pcall(cjson.decode, ARGV[1])
    if not ok or type(d) ~= 'table' then return 'skipped' end
    local names = {}
    for k, v in pairs(d) do
      if type(k) == 'string' and type(v) ~= 'table' and v ~= cjson.null then
        redis.call('hset', KEYS[1], k, tostring(v))
        names[#names + 1] = k
      end
    end
    table.sort(names)
    return names
    = precision doc:$id | $float
    local x = tonumber(ARGV[1])
    local before = cjson.encode({x / 7})
    cjson.encode_number_precision(5)
    local after = cjson.encode({x / 7})
    cjson.encode_number_precision(14)
    return {before, after}
    = keys_of_numbers doc:$id | $pos
    return {cjson.encode({[tonumber(ARGV[1]) + 0.5] = 1}), cjson.encode({[-1] = true})}
    """#

  static let packing = #"""
    = pack_record rec:$id | $n $float $word
    redis.call('set', KEYS[1], struct.pack('>i4ds', tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]))
    return redis.call('strlen', KEYS[1])
    = unpack_record rec:$id | $token
    local data = redis.call('get', KEYS[1])
    if not data then return nil end
    local ok, n, f, s, next = pcall(struct.unpack, '>i4ds', data)
    if not ok then return n end
    return {n, tostring(f), s, next}
    = varied rec:$id | $n $pos
    local n, p = tonumber(ARGV[1]), tonumber(ARGV[2])
    local s = struct.pack('<bhilBHIL', n, n, n, n, p, p, p, p)
    local t = {struct.unpack('<bhilBHIL', s)}
    redis.call('set', KEYS[1], s)
    return t
    = aligned rec:$id | $n
    local s = struct.pack('!4bi!8bd', 1, tonumber(ARGV[1]), 2, 3.5)
    return {#s, struct.size('!4bi!8bd'), (struct.unpack('!4bi', s))}
    = counted_strings rec:$id | $word $word
    local s = struct.pack('Bc0Hc0', #ARGV[1], ARGV[1], #ARGV[2], ARGV[2])
    redis.call('append', KEYS[1], s)
    local a, b, position = struct.unpack('Bc0Hc0', s)
    return {a, b, position}
    = records rec:$id | $pos
    local parts = {}
    for i = 1, tonumber(ARGV[1]) do parts[i] = struct.pack('>HI3', i, i * 1000) end
    local all = table.concat(parts)
    local sum, at = 0, 1
    while at <= #all do
      local k, v
      k, v, at = struct.unpack('>HI3', all, at)
      sum = sum + k * v
    end
    return {#all, sum}
    = floats rec:$id | $float
    local f = tonumber(ARGV[1])
    local a = struct.unpack('f', struct.pack('f', f))
    local b = struct.unpack('>d', struct.pack('>d', f))
    return {tostring(a), tostring(b), b == f and 1 or 0}
    = pack_table mp:$id | $n $float $word
    local p = cmsgpack.pack({tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], {true, false}})
    redis.call('set', KEYS[1], p)
    return #p
    = unpack_table mp:$id | $token
    local p = redis.call('get', KEYS[1])
    if not p then return false end
    local ok, t = pcall(cmsgpack.unpack, p)
    if not ok then return t end
    if type(t) ~= 'table' then return tostring(t) end
    return {tostring(t[1]), tostring(t[2]), t[3], type(t[4])}
    = pack_map mp:$id | $word
    local p = cmsgpack.pack({[ARGV[1]] = {n = 1}})
    redis.call('set', KEYS[1], p)
    return cmsgpack.unpack(p)[ARGV[1]].n
    = pack_many mp:$id | $n $word
    local p = cmsgpack.pack(tonumber(ARGV[1]), ARGV[2], nil, true)
    local offset, values = 0, {}
    while offset ~= -1 do
      local v
      offset, v = cmsgpack.unpack_one(p, offset)
      values[#values + 1] = tostring(v)
    end
    local next, a, b = cmsgpack.unpack_limit(p, 2)
    return {values, next, a, b}
    = corrupt mp:$id | $small
    local p = cmsgpack.pack({'abcdef', {1, 2, 3}})
    local cut = string.sub(p, 1, #p - math.abs(tonumber(ARGV[1])))
    local ok, e = pcall(cmsgpack.unpack, cut)
    return {ok and 1 or 0, type(e) == 'string' and e or type(e)}
    = list_of_packed mplist:$id | $member $n
    redis.call('rpush', KEYS[1], cmsgpack.pack({ARGV[1], tonumber(ARGV[2])}))
    local best, name = -1e9, ''
    for _, p in ipairs(redis.call('lrange', KEYS[1], 0, -1)) do
      local t = cmsgpack.unpack(p)
      if t[2] > best then best, name = t[2], t[1] end
    end
    return {name, best}
    = hash_pack mp:$id | $text
    local p = cmsgpack.pack(ARGV[1])
    return {#p, redis.sha1hex(p), cmsgpack.unpack(p) == ARGV[1] and 1 or 0}
    """#

  static let places = #"""
    = put_place geo:$id | $member $coordinate
    local sep = string.find(ARGV[2], ',', 1, true)
    return redis.pcall('geoadd', KEYS[1], string.sub(ARGV[2], 1, sep - 1), string.sub(ARGV[2], sep + 1), ARGV[1])
    = near geo:$id | $member
    local r = redis.pcall('geosearch', KEYS[1], 'frommember', ARGV[1], 'byradius', 500, 'km', 'asc', 'withdist')
    if r.err then return r end
    local out = {}
    for _, row in ipairs(r) do out[#out + 1] = row[1] .. '@' .. row[2] end
    return out
    = distance geo:$id | $member $member
    local d = redis.call('geodist', KEYS[1], ARGV[1], ARGV[2], 'm')
    return d and {d, math.floor(d)} or 'unknown'
    = hashes geo:$id | $member
    local h = redis.call('geohash', KEYS[1], ARGV[1])[1]
    return h and string.sub(h, 1, 5) or ''
    = position geo:$id | $member
    local p = redis.call('geopos', KEYS[1], ARGV[1])[1]
    if not p then return nil end
    return {string.format('%.4f', p[1]), string.format('%.4f', p[2])}
    """#
}
