// What the random sequences are made of: one line for each shape of call, by family. See `CommandTemplate` for the language.
//
// A command that a server under test does not have yet is left out of the run and named on standard output, so a line may
// stand here before its command does. Commands whose reply is not decided by their input alone are named in `Comparison`.

import UnderstudyTestSupport

enum CommandTemplates {
  static let strings = templates([
    "SET $string $value [NX|XX] [GET] [KEEPTTL|EX $seconds|PX $milliseconds|EXAT $unixtime|PXAT $unixtimems]",
    "SET $string $value", "SET $string $value", "SET $string $int", "GET $string", "GET $string", "GETDEL $string",
    "GETSET $string $value",
    "GETEX $string [PERSIST|EX $seconds|PX $milliseconds|EXAT $unixtime|PXAT $unixtimems]",
    "SETEX $string $oldseconds $value", "PSETEX $string $oldmilliseconds $value", "SETNX $string $value",
    "MSET {$string $value}", "MSETNX {$string $value}", "MGET {$key}", "APPEND $string $value", "STRLEN $string",
    "INCR $string", "DECR $string", "INCRBY $string $int", "DECRBY $string $int", "INCRBYFLOAT $string $float",
    "GETRANGE $string $index $index", "SUBSTR $string $index $index", "SETRANGE $string $offset $value",
    "LCS $string $string [LEN|IDX] [MINMATCHLEN $small] [WITHMATCHLEN]",
  ])

  static let bits = templates([
    "SETBIT $string $offset $bit", "GETBIT $string $offset", "SET $string $value", "APPEND $string $value",
    "BITCOUNT $string [$index $index [BYTE|BIT]]", "BITPOS $string $bit [$index [$index [BYTE|BIT]]]",
    "BITOP (AND|OR|XOR) $string {$string}", "BITOP NOT $string $string",
    "BITFIELD $string {(GET $bittype $bitoffset|SET $bittype $bitoffset $int|INCRBY $bittype $bitoffset $int|OVERFLOW (WRAP|SAT|FAIL))}",
    "BITFIELD_RO $string {GET $bittype $bitoffset}",
  ])

  static let keys = templates([
    "DEL {$key}", "UNLINK {$key}", "EXISTS {$key}", "TYPE $key", "TOUCH {$key}", "PERSIST $key",
    "EXPIRE $key $oldseconds [NX|XX|GT|LT]", "PEXPIRE $key $oldmilliseconds [NX|XX|GT|LT]",
    "EXPIREAT $key $unixtime [NX|XX|GT|LT]", "PEXPIREAT $key $unixtimems [NX|XX|GT|LT]",
    "TTL $key", "PTTL $key", "EXPIRETIME $key", "PEXPIRETIME $key", "RENAME $key $key", "RENAMENX $key $key",
    "COPY $key $key [DB $db] [REPLACE]", "MOVE $key $db", "RANDOMKEY", "KEYS $pattern", "DBSIZE",
    "OBJECT ENCODING $key", "OBJECT REFCOUNT $key", "OBJECT HELP", "SELECT $db", "SWAPDB $db $db",
    "SORT $list [BY $pattern] {[GET (#|$pattern)]} [ASC|DESC] [ALPHA]",
    "SORT $list [BY $pattern] [LIMIT $index $small] [ASC|DESC] [ALPHA]",
    "SORT $key [LIMIT $index $small] [ASC|DESC] [ALPHA] [STORE $list]", "SORT_RO $list [LIMIT $index $small] [ALPHA]",
    "SCAN 0 [MATCH $pattern] [COUNT 1000] [TYPE (string|list|hash|set|zset|stream|x)]",
    // No cursor that is too large, no score that is too small: the error number that C leaves behind them makes
    // later SORTs of a real server fail.
    "SCAN x", "FLUSHDB [ASYNC|SYNC|x]",
    "SET $string $value", "RPUSH $list {$element}", "HSET $hash {$field $value}", "SADD $set {$member}",
    "ZADD $zset {$int $member}", "SADD $set {$intmember}",
  ])

  static let lists = templates([
    "LPUSH $list {$element}", "RPUSH $list {$element}", "RPUSH $list {$element}", "LPUSHX $list {$element}",
    "RPUSHX $list {$element}", "LPOP $list [$small]", "RPOP $list [$small]", "LLEN $list", "LRANGE $list $index $index",
    "LRANGE $list 0 -1", "LINDEX $list $index", "LSET $list $index $element", "LTRIM $list $index $index",
    "LINSERT $list (BEFORE|AFTER|x) $element $element", "LREM $list $small $element",
    "LPOS $list $element [RANK $small] [COUNT $small] [MAXLEN $small]", "RPOPLPUSH $list $list",
    "LMOVE $list $list (LEFT|RIGHT) (LEFT|RIGHT)", "LMPOP $small {$list} (LEFT|RIGHT) [COUNT $small]",
    "BLMPOP 0 0 $list LEFT", "OBJECT ENCODING $list", "DEL $list",
  ])

  static let hashes = templates([
    "HSET $hash {$field $value}", "HSET $hash {$field $value}", "HMSET $hash {$field $value}",
    "HSETNX $hash $field $value", "HGET $hash $field", "HMGET $hash {$field}", "HDEL $hash {$field}", "HLEN $hash",
    "HSTRLEN $hash $field", "HEXISTS $hash $field", "HKEYS $hash", "HVALS $hash", "HGETALL $hash",
    "HINCRBY $hash $field $int", "HINCRBYFLOAT $hash $field $float", "HRANDFIELD $hash [$small [WITHVALUES]]",
    "HSCAN $hash 0 [MATCH $pattern] [COUNT 10000]", "OBJECT ENCODING $hash", "DEL $hash",
  ])

  static let sets = templates([
    "SADD $set {$member}", "SADD $set {$intmember}", "SREM $set {$member}", "SREM $set {$intmember}", "SCARD $set",
    "SISMEMBER $set $member", "SMISMEMBER $set {$member}", "SMEMBERS $set", "SMOVE $set $set $member",
    "SPOP $set [$small]", "SRANDMEMBER $set [$small]", "SINTER {$set}", "SUNION {$set}", "SDIFF {$set}",
    "SINTERSTORE $set {$set}", "SUNIONSTORE $set {$set}", "SDIFFSTORE $set {$set}",
    "SINTERCARD $small {$set} [LIMIT $small]", "SSCAN $set 0 [MATCH $pattern] [COUNT 10000]", "OBJECT ENCODING $set",
    "DEL $set",
  ])

  static let sortedSets = templates([
    "ZADD $zset [NX|XX] [GT|LT] [CH] {$score $member}", "ZADD $zset {$score $member}", "ZADD $zset {$score $member}",
    "ZADD $zset [NX|XX] INCR $score $member", "ZINCRBY $zset $score $member", "ZREM $zset {$member}", "ZCARD $zset",
    "ZSCORE $zset $member", "ZMSCORE $zset {$member}", "ZRANK $zset $member", "ZREVRANK $zset $member",
    "ZCOUNT $zset $scorebound $scorebound", "ZLEXCOUNT $lex $lexbound $lexbound",
    "ZRANGE $zset $index $index [REV] [WITHSCORES]",
    "ZRANGE $zset $scorebound $scorebound BYSCORE [REV] [LIMIT $index $small] [WITHSCORES]",
    "ZADD $lex {0 $member}", "ZRANGE $lex $lexbound $lexbound BYLEX [REV] [LIMIT $index $small]",
    "ZREVRANGE $zset $index $index [WITHSCORES]",
    "ZRANGEBYSCORE $zset $scorebound $scorebound [WITHSCORES] [LIMIT $index $small]",
    "ZREVRANGEBYSCORE $zset $scorebound $scorebound [WITHSCORES] [LIMIT $index $small]",
    "ZRANGEBYLEX $lex $lexbound $lexbound [LIMIT $index $small]",
    "ZREVRANGEBYLEX $lex $lexbound $lexbound [LIMIT $index $small]",
    "ZRANGESTORE $zset $zset $index $index [REV]", "ZREMRANGEBYRANK $zset $index $index",
    "ZREMRANGEBYSCORE $zset $scorebound $scorebound", "ZREMRANGEBYLEX $lex $lexbound $lexbound",
    "ZPOPMIN $zset [$small]", "ZPOPMAX $zset [$small]", "ZRANDMEMBER $zset [$small [WITHSCORES]]",
    "ZUNION $small {$zset} [WEIGHTS {$score}] [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]",
    "ZUNION 2 $zset $set [AGGREGATE (SUM|MIN|MAX)] [WITHSCORES]", "ZINTER 2 $zset $zset [WITHSCORES]",
    "ZDIFF 2 $zset $zset [WITHSCORES]", "ZUNIONSTORE $zset 2 $zset $zset [WEIGHTS $score $score]",
    "ZINTERSTORE $zset 2 $zset $set", "ZDIFFSTORE $zset 2 $zset $zset", "ZINTERCARD $small {$zset} [LIMIT $small]",
    "ZMPOP $small {$zset} (MIN|MAX) [COUNT $small]", "ZSCAN $zset 0 [MATCH $pattern] [COUNT 10000]",
    "OBJECT ENCODING $zset", "DEL $zset",
  ])

  static let streams = templates([
    "XADD $stream $id {$field $value}", "XADD $stream $id {$field $value}", "XADD $stream * {$field $value}",
    "XADD $stream [NOMKSTREAM] [(MAXLEN|MINID) [=|~] $small [LIMIT $small]] $id $field $value", "XLEN $stream",
    "XRANGE $stream $streambound $streambound [COUNT $small]", "XRANGE $stream - +",
    "XREVRANGE $stream $streambound $streambound [COUNT $small]", "XDEL $stream {$id}",
    "XTRIM $stream (MAXLEN|MINID) [=|~] $small [LIMIT $small]",
    "XREAD [COUNT $small] [BLOCK 1] STREAMS $stream ($id|$)", "XREAD [COUNT $small] STREAMS $stream $stream $id $id",
    "XSETID $stream $id [ENTRIESADDED $small] [MAXDELETEDID $id]", "XINFO STREAM $stream [FULL [COUNT $small]]",
    "COPY $stream $stream [REPLACE]", "DEL $stream", "TYPE $stream", "OBJECT ENCODING $stream",
  ])

  static let streamGroups = templates([
    "XADD $stream $id {$field $value}", "XADD $stream $nextid $field $value", "XADD $stream $nextid $field $value",
    "XADD $stream MAXLEN $small $nextid $field $value", "XDEL $stream {$nextid}", "XTRIM $stream MAXLEN $small",
    "XGROUP CREATE $stream $group ($|$id|0) [MKSTREAM] [ENTRIESREAD $small]",
    "XGROUP CREATE $stream $group (0|$) MKSTREAM", "XGROUP SETID $stream $group ($|$id|0) [ENTRIESREAD $small]",
    "XGROUP CREATECONSUMER $stream $group $consumer", "XGROUP DELCONSUMER $stream $group $consumer",
    "XGROUP DESTROY $stream $group", "XREADGROUP GROUP $group $consumer [COUNT $small] [NOACK] STREAMS $stream >",
    "XREADGROUP GROUP $group $consumer COUNT 2 STREAMS $stream (>|0|$id)",
    "XREADGROUP GROUP $group $consumer [BLOCK 1] STREAMS $stream $stream (>|0) (>|0)", "XACK $stream $group {$nextid}",
    "XPENDING $stream $group", "XPENDING $stream $group [IDLE (0|1000000)] $streambound $streambound $small [$consumer]",
    "XCLAIM $stream $group $consumer (0|1000000|-1) {$nextid} [IDLE 2000000] [RETRYCOUNT $small] [FORCE] [JUSTID] [LASTID $id]",
    "XCLAIM $stream $group $consumer 0 {$nextid} [FORCE] [JUSTID]",
    "XAUTOCLAIM $stream $group $consumer (0|1000000) $streambound [COUNT $small] [JUSTID]",
    "XINFO GROUPS $stream", "XINFO CONSUMERS $stream $group", "XINFO STREAM $stream FULL [COUNT $small]",
    "XSETID $stream $id [ENTRIESADDED $small] [MAXDELETEDID $id]", "COPY $stream $stream [REPLACE]", "DEL $stream",
  ])

  static let hyperLogLogs = templates([
    "PFADD $hll {$element}", "PFCOUNT {$hll}", "PFMERGE $hll {$hll}", "DEL $hll", "GET $hll", "STRLEN $hll",
  ])

  static let geo = templates([
    "GEOADD $geo [NX|XX] [CH] {$lon $lat $member}", "GEOPOS $geo {$member}", "GEODIST $geo $member $member [$unit]",
    "GEOHASH $geo {$member}",
    "GEOSEARCH $geo (FROMMEMBER $member|FROMLONLAT $lon $lat) (BYRADIUS $score $unit|BYBOX $score $score $unit) (ASC|DESC) [COUNT $small [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
    "GEOSEARCH $geo FROMLONLAT $lon $lat BYRADIUS 5000 km (ASC|DESC) [WITHCOORD] [WITHDIST] [WITHHASH]",
    "GEOSEARCHSTORE $geo $geo FROMLONLAT $lon $lat BYRADIUS 5000 km ASC [STOREDIST]", "ZRANGE $geo 0 -1 WITHSCORES",
  ])

  static let transactions = templates([
    "MULTI", "MULTI", "EXEC", "EXEC", "EXEC", "DISCARD", "WATCH {$key}", "WATCH $string", "UNWATCH",
  ])

  static let connections = templates([
    "PING [$value]", "ECHO $value", "SELECT $db", "HELLO [2|3|4|x]", "HELLO (2|3) SETNAME (name|x)", "RESET",
    "CLIENT GETNAME", "CLIENT SETNAME (name|x|)", "CLIENT NO-EVICT (ON|OFF|x)", "CLIENT REPLY (ON|x)", "AUTH (x|x y)",
    "CLIENT INFO x", "CLIENT NOSUCH", "TIME", "COMMAND COUNT x", "QUITX", "DEBUG NOSUCH", "CONFIG GET (maxmemory|hz|x*)",
    "CONFIG GET {(maxmemory|databases|lua-time-limit)}", "CONFIG NOSUCH", "CONFIG SET nosuch 1", "WAIT 0 0",
    "COMMAND GETKEYS (GET a|SET a b|MSET a b c d|EVAL x 1 a|GET|NOSUCH)", "LOLWUT VERSION x",
  ])

  static let scripting = templates([
    "EVAL $script 1 $string $value", "EVAL $script 1 $key $value", "EVAL $script 2 $string $list $value $value",
    "EVAL $script 0", "EVAL $script (-1|3|x|99999999999999999999) $key", "EVALSHA $digest 1 $string $value",
    "EVALSHA $digest 1 $key $value", "EVALSHA (x|) 0", "SCRIPT LOAD $script", "SCRIPT EXISTS {$digest}",
    "SCRIPT FLUSH [ASYNC|SYNC|x]", "SCRIPT KILL", "SCRIPT NOSUCH", "EVAL_RO $script 1 $string $value",
    "EVALSHA_RO $digest 1 $string $value",
  ])

  static let publications = templates([
    "SUBSCRIBE {$channel}", "PSUBSCRIBE {$channelpattern}", "UNSUBSCRIBE [{$channel}]",
    "PUNSUBSCRIBE [{$channelpattern}]", "PUBLISH $channel $value", "PUBLISH $channel $value", "PUBLISH $channel $value",
    "PUBSUB CHANNELS [$channelpattern]", "PUBSUB NUMSUB [{$channel}]", "PUBSUB NUMPAT", "PING [$value]", "GET $string",
    "HELLO (2|3)", "RESET", "SSUBSCRIBE {$channel}", "SUNSUBSCRIBE [{$channel}]", "SPUBLISH $channel $value",
  ])

  /// Commands that a client can wait in, and what others do meanwhile.
  static let blocking = templates([
    "BLPOP {$list} 0", "BRPOP {$list} 0", "BLMOVE $list $list (LEFT|RIGHT) (LEFT|RIGHT) 0",
    "BRPOPLPUSH $list $list 0", "BLMPOP 0 1 $list (LEFT|RIGHT) [COUNT $positive]", "BZPOPMIN {$zset} 0",
    "BZPOPMAX {$zset} 0", "BZMPOP 0 1 $zset (MIN|MAX)", "BLPOP $list (-1|x|inf|1e400)",
    "XREAD [COUNT $positive] BLOCK 0 STREAMS $stream ($|0|5|9-0)",
    "XREADGROUP GROUP g1 c1 BLOCK 0 [NOACK] STREAMS (stream1|stream2) >", "XREADGROUP GROUP g1 c1 BLOCK 0 STREAMS stream1 stream2 > >",
    "XREAD BLOCK 0 STREAMS stream1 stream2 ($|0) ($|5)", "XREAD BLOCK (x|-1) STREAMS $stream $",
  ])
  static let wakers = templates([
    "RPUSH $list {$element}", "LPUSH $list {$element}", "RPUSH list1 a", "ZADD $zset {$score $member}", "ZADD zset1 1 a",
    "DEL $list", "RENAME list2 list1", "LMOVE list2 list1 LEFT RIGHT", "FLUSHALL", "SET list1 x", "SADD list1 x",
    "COPY list2 list1", "EVAL return(redis.call('rpush',KEYS[1],'x')) 1 list1",
    "XADD $stream $id $field $value", "XADD stream1 $id $field $value", "XADD stream1 7-7 f v", "DEL $stream",
    "XGROUP CREATE (stream1|stream2) g1 $ MKSTREAM", "XGROUP DESTROY stream1 g1",
    "XADD stream2 8-8 f v", "RENAME stream2 stream1", "COPY stream2 stream1", "SET stream1 x",
  ])

  static let scripts: [Argument] = [
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
  ]

  private static func templates(_ patterns: [String]) -> [CommandTemplate] { patterns.map(CommandTemplate.init) }
}
