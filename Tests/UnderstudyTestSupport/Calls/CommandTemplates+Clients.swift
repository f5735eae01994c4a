// What connections do among each other: transactions, connection state, scripts, publications, and waiting. See `CommandTemplate`
// for the language; a new script is one more line in `scripts`.

extension CommandTemplates {
  package static let transactions = templates([
    "MULTI", "MULTI", "EXEC", "EXEC", "EXEC", "DISCARD", "WATCH {$key}", "WATCH $string", "UNWATCH", "SELECT $db",
  ])

  package static let connections = templates([
    "PING [$value]", "PING $value $value", "ECHO $value", "SELECT $db", "HELLO [2|3|4|x]",
    "HELLO (2|3) «SETNAME $clientname|AUTH default x|AUTH x y|x»", "RESET",
    "CLIENT GETNAME", "CLIENT SETNAME $clientname", "CLIENT NO-EVICT (ON|OFF|x)", "CLIENT REPLY (ON|x)", "AUTH (x|x y)",
    "CLIENT INFO x", "CLIENT NOSUCH", "CLIENT ID", "CLIENT ID x", "CLIENT LIST «TYPE normal|TYPE x|ID 999999|ID x|x»",
    "CLIENT KILL «ID 999999|ID x|TYPE pubsub|TYPE x|ADDR 1.2.3.4:5|LADDR x|USER nobody|SKIPME x|x»",
    "CLIENT KILL (x|1.2.3.4:5)", "CLIENT UNBLOCK (999999|x|-1) [TIMEOUT|ERROR|x]", "CLIENT PAUSE (x|-1|0) [WRITE|ALL|x]",
    "CLIENT UNPAUSE", "CLIENT TRACKINGINFO", "CLIENT GETREDIR", "CLIENT CACHING (YES|NO|x)", "CLIENT TRACKING (OFF|x)",
    "CLIENT NO-TOUCH on", "CLIENT SETINFO LIB-NAME x", "CLIENT HELP",
    "TIME", "COMMAND COUNT x", "COMMAND NOSUCH", "QUITX", "DEBUG NOSUCH", "CONFIG GET (maxmemory|hz|x*)",
    "CONFIG GET {(maxmemory|databases|lua-time-limit|MAXMEMORY|save|[a|hash-max-ziplist-value)}", "CONFIG NOSUCH",
    "CONFIG SET nosuch 1", "CONFIG SET {(maxmemory-policy|hz|databases|lua-time-limit|activerehashing|lazyfree-lazy-user-del) $setting}",
    "CONFIG SET {(hash-max-listpack-entries|hash-max-ziplist-entries|set-max-intset-entries|slowlog-max-len|MAXMEMORY-samples) $setting}",
    "CONFIG SET notify-keyspace-events $setting", "CONFIG GET notify-keyspace-events", "CONFIG HELP", "CONFIG RESETSTAT x",
    "CONFIG SET list-max-listpack-size $setting", "CONFIG GET (list-max-listpack-size|timeout|slowlog-max-len)",
    "CONFIG SET maxmemory (0|x|-1|1gb|1gbx|100mb|)", "WAIT 0 0", "WAIT 0 (x|-1)", "WAIT x 0",
    "LOLWUT VERSION x", "COMMAND GETKEYS $call", "COMMAND GETKEYSANDFLAGS $call",
    "COMMAND GETKEYS (GET a|SET a b|MSET a b c d|EVAL x 1 a|EVAL x 5 a|GET|NOSUCH|PING|CONFIG GET x|XGROUP CREATE a b c)",
    "COMMAND GETKEYSANDFLAGS (SET a b GET|SORT a STORE b|ZUNIONSTORE a 2 b c|XREAD STREAMS a b 0 0|LMPOP x a|ZMPOP 3 a)",
    "COMMAND LIST FILTERBY (PATTERN zrange*|ACLCAT x|MODULE x|x)", "COMMAND INFO {(nosuch|nosuch|config$|get|x)}",
    "COMMAND DOCS nosuch", "COMMAND HELP", "SLOWLOG LEN x", "SLOWLOG GET (x|-2)", "SLOWLOG NOSUCH", "SLOWLOG HELP",
    "LATENCY RESET [x]", "LATENCY HISTORY x", "LATENCY LATEST", "LATENCY NOSUCH", "MEMORY USAGE nosuch", "MEMORY NOSUCH",
    "MEMORY USAGE $string SAMPLES (x|-1)", "ROLE", "ROLE x", "LASTSAVE x", "SWAPDB (0|x) (1|x|99)", "DBSIZE x", "INFO x y",
    "FLUSHALL (x|ASYNC|SYNC|ASYNC SYNC)", "OBJECT", "XINFO", "CLIENT", "CONFIG", "COMMAND GETKEYS", "PUBSUB", "SCRIPT", "MEMORY",
  ])

  package static let scripting = templates([
    "EVAL $script 1 $string $value", "EVAL $script 1 $key $value", "EVAL $script 2 $string $list $value $value",
    "EVAL $script 0", "EVAL $script (-1|3|x|99999999999999999999) $key", "EVALSHA $digest 1 $string $value",
    "EVALSHA $digest 1 $key $value", "EVALSHA (x|) 0", "SCRIPT LOAD $script", "SCRIPT EXISTS {$digest}",
    "SCRIPT FLUSH [ASYNC|SYNC|x]", "SCRIPT KILL", "SCRIPT NOSUCH", "SCRIPT HELP", "EVAL_RO $script 1 $string $value",
    "EVALSHA_RO $digest 1 $string $value", "EVAL $caller 0 $call", "EVAL $caller 0 $call", "EVAL $caller 0 $call",
    "EVAL $caller 0 $call", "EVAL_RO $caller 0 $call", "SCRIPT DEBUG (NO|x)", "SCRIPT EXISTS",
  ])

  /// Scripts that call whatever command they are given, and answer what it answered or what that is in Lua.
  package static let callers: [Argument] = [
    "return redis.call(unpack(ARGV))", "return redis.pcall(unpack(ARGV))",
    "redis.setresp(3) return redis.call(unpack(ARGV))", "redis.setresp(3) return redis.pcall(unpack(ARGV))",
    "local r = redis.pcall(unpack(ARGV)) if type(r) == 'table' and r.err then return {'failed', r.err} end return r",
    "redis.call(unpack(ARGV)) return redis.call(unpack(ARGV))",
  ]

  package static let publications = templates([
    "SUBSCRIBE {$channel}", "PSUBSCRIBE {$channelpattern}", "UNSUBSCRIBE [{$channel}]",
    "PUNSUBSCRIBE [{$channelpattern}]", "PUBLISH $channel $value", "PUBLISH $channel $value", "PUBLISH $channel $value",
    "PUBSUB CHANNELS [$channelpattern]", "PUBSUB NUMSUB [{$channel}]", "PUBSUB NUMPAT", "PING [$value]", "GET $string",
    "HELLO (2|3)", "RESET", "SSUBSCRIBE {$channel}", "SUNSUBSCRIBE [{$channel}]", "SPUBLISH $channel $value",
    "PUBSUB SHARDCHANNELS [$channelpattern]", "PUBSUB SHARDNUMSUB [{$channel}]", "PUBSUB CHANNELS a b", "PUBSUB HELP",
    "EVAL return(redis.call('publish',KEYS[1],'x')) 1 $channel", "EXEC x", "PUBLISH $channel",
  ])

  /// Commands that a client can wait in, and what others do meanwhile.
  package static let blocking = templates([
    "BLPOP {$list} 0", "BRPOP {$list} 0", "BLMOVE $list $list (LEFT|RIGHT) (LEFT|RIGHT) 0",
    "BRPOPLPUSH $list $list 0", "BLMPOP 0 1 $list (LEFT|RIGHT) [COUNT $positive]", "BZPOPMIN {$zset} 0",
    "BZPOPMAX {$zset} 0", "BZMPOP 0 1 $zset (MIN|MAX) [COUNT $positive]", "BLPOP $list (-1|x|inf|1e400)",
    "BLMPOP (0|0.0|-0) 2 $list list1 (LEFT|RIGHT) [COUNT $positive]", "BZMPOP 0 2 $zset zset1 (MIN|MAX) [COUNT $positive]",
    "BLPOP $key $key 0", "BZPOPMIN $key $zset 0", "BLMOVE list1 (list1|string1|list2) LEFT RIGHT 0",
    "BLMPOP (0|x) $small $list (LEFT|x) «COUNT $small»", "BLMOVE $list $list (LEFT|x) (RIGHT|x) (0|x|-1)",
    "XREAD [COUNT $positive] BLOCK 0 STREAMS $stream ($|0|5|9-0)",
    "XREADGROUP GROUP g1 c1 BLOCK 0 [NOACK] STREAMS (stream1|stream2) >",
    "XREADGROUP GROUP g1 c1 BLOCK 0 STREAMS stream1 stream2 > >",
    "XREAD BLOCK 0 STREAMS stream1 stream2 ($|0) ($|5)", "XREAD BLOCK (x|-1) STREAMS $stream $",
  ])
  /// Nothing that makes several keys ready at once, as SWAPDB does: which of them comes first is decided by a hash.
  package static let wakers = templates([
    "RPUSH $list {$element}", "LPUSH $list {$element}", "RPUSH list1 a", "ZADD $zset {$score $member}", "ZADD zset1 1 a",
    "DEL $list", "RENAME list2 list1", "LMOVE list2 list1 LEFT RIGHT", "FLUSHALL", "SET list1 x", "SADD list1 x",
    "COPY list2 list1", "EVAL return(redis.call('rpush',KEYS[1],'x')) 1 list1", "LPUSH list1 a b c", "RPUSH list2 x y",
    "EVAL redis.call('rpush',KEYS[1],'x')return(redis.call('del',KEYS[1])) 1 list1", "SORT list2 ALPHA STORE list1",
    "SORT set1 ALPHA STORE list1", "SADD set1 b a c", "ZUNIONSTORE zset1 1 zset2", "ZRANGESTORE zset1 zset2 0 -1",
    "ZADD zset2 1 a 2 b", "ZINCRBY zset1 1 a", "ZUNIONSTORE zset1 1 set1", "LINSERT list1 BEFORE a b", "MOVE list1 1",
    "XADD $stream $id $field $value", "XADD stream1 $id $field $value", "XADD stream1 7-7 f v", "DEL $stream",
    "XGROUP CREATE (stream1|stream2) g1 $ MKSTREAM", "XGROUP DESTROY stream1 g1",
    "XADD stream2 8-8 f v", "RENAME stream2 stream1", "COPY stream2 stream1", "SET stream1 x", "XDEL stream1 {$nextid}",
    "EXPIRE stream1 -1", "FLUSHDB",
  ])

  package static let scripts: [Argument] = [
    "return 1", "return ARGV[1]", "return {1,2,'a',{3,4}}", "return nil", "return true", "return false", "return 3.99",
    "return {1,nil,3}", "return {}", "return KEYS", "return #ARGV", "return redis.call('SET',KEYS[1],ARGV[1])",
    "return redis.call('GET',KEYS[1])", "return redis.pcall('INCR',KEYS[1])", "return redis.call('INCR',KEYS[1])",
    "return redis.call('LRANGE',KEYS[1],0,-1)", "return redis.status_reply('FINE')", "return redis.error_reply('MY ERR')",
    "return redis.error_reply('ERR dotted')", "return {ok='X'}", "return {err='X'}", "return redis.sha1hex(ARGV[1] or '')",
    "local v = redis.call('GET',KEYS[1]); redis.call('SET',KEYS[1],(v or '')..'x'); return redis.call('STRLEN',KEYS[1])",
    "redis.call('SET',KEYS[1],'1'); error('boom')", "return redis.call('NOSUCH')", "return redis.call('GET')",
    "return redis.pcall('GET')", "return redis.call()", "this is no lua", "return nosuchglobal", "x = 1",
    "return tostring(10/2)", "return 10/2", "return {tostring(1e15), tostring(2^53), tostring(0.1)}",
    "return {unpack({1,2,3})}", "return table.getn({1,2})", "return string.format('%d %s %5.2f', 3.0, 'x', 1/3)",
    "return tonumber(redis.call('GET',KEYS[1]) or '0') + 1", "return {redis.call('EXISTS',KEYS[1]), redis.call('TYPE',KEYS[1])}",
    "redis.setresp(3); return redis.call('HGETALL',KEYS[1])", "return redis.call('HGETALL',KEYS[1])",
    "return {double=3.5}", "return {map={a=1}}", "return {big_number='123'}", "return {verbatim_string={format='txt',string='x'}}",
    "return redis.call('ZADD',KEYS[1],1.5,'m')", "return redis.call('ZSCORE',KEYS[1],'m')", "return type(redis.call('GET',KEYS[1]))",
    "local t = {} for i=1,50 do t[i]=i*i end return t", "return redis.pcall('SET',KEYS[1])['err']",
    "local ok, e = pcall(redis.call, 'GET') return {tostring(ok), type(e)}", "return select('#', unpack(ARGV))",
    "return string.rep('ab', 3, ',')", "return math.floor(3.7)", "return 7 % 3", "return -7 % 3", "return 2^10",
    "return {1.1, 2.9, -1.5}", "return 'a'..1 ..2.0", "return redis.call('SET',KEYS[1],5/2)", "return redis.call('SET',KEYS[1],10/2)",
    "return math.max(1, 2.5)", "return tostring(nil)..tostring(true)", "return redis.REPL_ALL", "return redis.LOG_WARNING",
    "redis.call('BLPOP',KEYS[1],0) return 1", "return redis.call('BLPOP',KEYS[1],0)", "return redis.call('MULTI')",
    "return redis.call('SUBSCRIBE','a')", "for i=1,3 do redis.call('RPUSH',KEYS[1],i) end return redis.call('LLEN',KEYS[1])",
    "return redis.call('PING')", "return redis.call('ECHO', 5)", "return redis.call('SELECT', 3)", "return _VERSION",
    "return redis.call('set', KEYS[1], ARGV[1], 'ex', 'x')", "local a = {1,2,3} table.insert(a, 4) return table.concat(a, '-')",
    "return cjson.encode({1,2,{a=1}})", "return cjson.decode(ARGV[1] or '[]')",
    "return {err='A b', x=1}", "return redis.error_reply('x\\r\\ny')", "return redis.status_reply('x\\r\\ny')",
    "redis.call('SET', KEYS[1], 'x') redis.call('INCR', KEYS[1])", "return redis.call('EVAL', 'return 1', 0)",
    "local r = redis.pcall('INCRBY', KEYS[1], 'x') return r.err", "return 9007199254740991", "return -3.99", "return 1e3",
    "return {1, {2, {3, {4}}}}", "return {{}, {{}}}", "return {true, false}", "redis.setresp(3) return {true, false}",
    "redis.setresp(3) return redis.call('SMEMBERS', KEYS[1])", "redis.setresp(3) return redis.call('ZSCORE', KEYS[1], 'm')",
    "redis.setresp(3) return redis.call('GET', 'nosuchkey')", "return redis.call('GET', 'nosuchkey') == false",
    "redis.setresp(3) return redis.call('GET', 'nosuchkey') == nil", "redis.setresp(4)", "return redis.setresp()",
    "return redis.log(redis.LOG_DEBUG, 'x')", "return bit.band(255, 15)", "return tostring(redis.call)~=nil",
    "return redis.call('CONFIG', 'GET', 'maxmemory')", "return redis.call('TIME') ~= nil", "return redis.call('multi')",
    "return redis.call('XADD', KEYS[1], '5-5', 'f', 'v')", "return redis.call('XRANGE', KEYS[1], '-', '+')",
    "return redis.pcall('BLMOVE', KEYS[1], KEYS[1], 'LEFT', 'RIGHT', 0)", "return redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')",
    "return redis.pcall('HELLO', 3)", "return redis.pcall('WATCH', 'x')", "return redis.call('PING', ARGV[1])",
    "return redis.acl_check_cmd('GET', KEYS[1])", "return redis.REDIS_VERSION ~= nil", "return #redis.call('ECHO', ARGV[1])",
  ]
}
