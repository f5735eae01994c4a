// What the random sequences are made of: one line for each shape of call, by family. See `CommandTemplate` for the language.
// Here stands what changes data; `CommandTemplates+Clients.swift` has connections, scripts and what clients wait for.
//
// A command that a server under test does not have yet is left out of the run and named on standard output, so a line may
// stand here before its command does. Commands whose reply is not decided by their input alone are named in `Comparison`.

package enum CommandTemplates {
  package static let strings = templates([
    "SET $string $value «NX|XX|GET|KEEPTTL|EX $seconds|PX $milliseconds|EXAT $futuretime|PXAT $futuretimems»",
    "SET $string $value", "SET $string $value", "SET $string $int", "SET $string $float", "GET $string", "GET $string",
    "GETDEL $string", "GETSET $string $value",
    "GETEX $string «PERSIST|EX $seconds|PX $milliseconds|EXAT $futuretime|PXAT $futuretimems»",
    "SETEX $string $oldseconds $value", "PSETEX $string $oldmilliseconds $value", "SETNX $string $value",
    "MSET {$string $value}", "MSETNX {$string $value}", "MGET {$key}", "APPEND $string $value", "STRLEN $string",
    "INCR $string", "DECR $string", "INCRBY $string $int", "DECRBY $string $int", "INCRBYFLOAT $string $float",
    "INCRBYFLOAT $string $float", "GETRANGE $string $index $index", "SUBSTR $string $index $index",
    "SETRANGE $string $offset $value", "SETRANGE $string (536870912|-1|9223372036854775807) $value",
    "LCS $string $string «LEN|IDX|MINMATCHLEN $small|WITHMATCHLEN»", "OBJECT ENCODING $string", "TTL $string",
  ])

  package static let bits = templates([
    "SETBIT $string $offset $bit", "SETBIT $string (4294967296|-1|x) $bit", "GETBIT $string $offset",
    "GETBIT $string (4294967295|4294967296|-1)", "SET $string $value", "APPEND $string $value",
    "BITCOUNT $string [$index $index [BYTE|BIT]]", "BITPOS $string $bit [$index [$index [BYTE|BIT]]]",
    "BITOP (AND|OR|XOR) $string {$string}", "BITOP NOT $string $string", "BITOP (AND|OR|NOT|x) $key {$key}",
    "BITFIELD $string {(GET $bittype $bitoffset|SET $bittype $bitoffset $int|INCRBY $bittype $bitoffset $int|OVERFLOW (WRAP|SAT|FAIL))}",
    "BITFIELD $string {(SET $bittype $bitoffset $bitvalue|INCRBY $bittype $bitoffset $bitvalue|OVERFLOW (WRAP|SAT|FAIL|x))}",
    "BITFIELD_RO $string {GET $bittype $bitoffset}", "BITFIELD_RO $string «GET $bittype $bitoffset|OVERFLOW WRAP|SET u8 0 1»",
    "GETRANGE $string $index $index", "STRLEN $string",
  ])

  package static let keys = templates([
    "DEL {$key}", "UNLINK {$key}", "EXISTS {$key}", "TYPE $key", "TOUCH {$key}", "PERSIST $key",
    "EXPIRE $key $oldseconds «NX|XX|GT|LT»", "PEXPIRE $key $oldmilliseconds «NX|XX|GT|LT»",
    "EXPIREAT $key $unixtime «NX|XX|GT|LT»", "PEXPIREAT $key $unixtimems «NX|XX|GT|LT»",
    "EXPIRE $key 5000", "EXPIRE $key $seconds [NX|XX|GT|LT]", "PEXPIRE $key $oldmilliseconds",
    "TTL $key", "PTTL $key", "EXPIRETIME $key", "PEXPIRETIME $key", "RENAME $key $key", "RENAMENX $key $key",
    "COPY $key $key «DB $db|REPLACE»", "MOVE $key $db", "RANDOMKEY", "KEYS $pattern", "DBSIZE",
    "OBJECT ENCODING $key", "OBJECT REFCOUNT $key", "OBJECT IDLETIME $key", "OBJECT FREQ $key", "OBJECT HELP",
    "OBJECT NOSUCH $key", "SELECT $db", "SWAPDB $db $db",
    "SORT $key «BY $sortpattern|GET $sortpattern|GET #|LIMIT $index $small|ASC|DESC|ALPHA»",
    "SORT $list [BY $sortpattern] {[GET (#|$sortpattern)]} [ASC|DESC] [ALPHA]",
    "SORT $key [BY (nosort|string*|hash*->m1)] [LIMIT $index $small] [ASC|DESC] [ALPHA]",
    "SORT $key [LIMIT $index $small] [ASC|DESC] [ALPHA] [STORE $list]", "SORT_RO $list [LIMIT $index $small] [ALPHA]",
    "SORT $set [DESC] [ALPHA] STORE $list", "SORT_RO $key «BY $sortpattern|GET $sortpattern|LIMIT $index $small|STORE $list|ALPHA»",
    "SCAN 0 [MATCH $pattern] [COUNT 1000] [TYPE (string|list|hash|set|zset|stream|x|STRING)]",
    // No cursor that is too large, no score that is too small: the error number that C leaves behind them makes
    // later SORTs of a real server fail.
    "SCAN x", "SCAN 0 «COUNT 1000|COUNT $small|MATCH $pattern|TYPE string|x»", "FLUSHDB [ASYNC|SYNC|x]",
    "SET $string $value", "RPUSH $list {$element}", "RPUSH $list {$intmember}", "HSET $hash {$field $value}",
    "SADD $set {$member}", "ZADD $zset {$int $member}", "SADD $set {$intmember}", "SET string1 $intmember",
    "HSET hash1 m1 $intmember",
  ])

  package static let lists = templates([
    "LPUSH $list {$element}", "RPUSH $list {$element}", "RPUSH $list {$element}", "LPUSHX $list {$element}",
    "RPUSHX $list {$element}", "LPOP $list [$count]", "RPOP $list [$count]", "LLEN $list", "LRANGE $list $index $index",
    "LRANGE $list 0 -1", "LINDEX $list $index", "LSET $list $index $element", "LTRIM $list $index $index",
    "LINSERT $list (BEFORE|AFTER|x) $element $element", "LREM $list $count $element",
    "LPOS $list $element «RANK $count|COUNT $count|MAXLEN $count»", "RPOPLPUSH $list $list",
    "LMOVE $list $list (LEFT|RIGHT|x) (LEFT|RIGHT)", "LMPOP $small {$list} (LEFT|RIGHT|x) «COUNT $count»",
    "LMPOP 1 $list (LEFT|RIGHT) [COUNT $count]", "BLMPOP 0 0 $list LEFT", "OBJECT ENCODING $list", "DEL $list",
    "CONFIG SET list-max-listpack-size $threshold", "SORT $list ALPHA",
  ])

  package static let hashes = templates([
    "HSET $hash {$field $value}", "HSET $hash {$field $value}", "HMSET $hash {$field $value}",
    "HSETNX $hash $field $value", "HGET $hash $field", "HMGET $hash {$field}", "HDEL $hash {$field}", "HLEN $hash",
    "HSTRLEN $hash $field", "HEXISTS $hash $field", "HKEYS $hash", "HVALS $hash", "HGETALL $hash",
    "HINCRBY $hash $field $int", "HINCRBYFLOAT $hash $field $float", "HRANDFIELD $hash [$randomcount [WITHVALUES|x]]",
    "HSCAN $hash 0 [MATCH $pattern] [COUNT 10000]", "HSCAN $hash (0|x|-1) «MATCH $pattern|COUNT $small|NOVALUES»",
    "OBJECT ENCODING $hash", "DEL $hash",
    "CONFIG SET (hash-max-listpack-entries|hash-max-ziplist-entries|hash-max-listpack-value) $threshold",
    "COPY $hash $hash REPLACE",
  ])

  package static let sets = templates([
    "SADD $set {$member}", "SADD $set {$intmember}", "SREM $set {$member}", "SREM $set {$intmember}", "SCARD $set",
    "SISMEMBER $set $member", "SMISMEMBER $set {$member}", "SMEMBERS $set", "SMOVE $set $set $member",
    "SMOVE $set $set $intmember", "SPOP $set [$count]", "SRANDMEMBER $set [$randomcount]", "SINTER {$set}",
    "SUNION {$set}", "SDIFF {$set}", "SINTERSTORE $set {$set}", "SUNIONSTORE $set {$set}", "SDIFFSTORE $set {$set}",
    "SINTERCARD $small {$set} «LIMIT $count»", "SINTERCARD 2 $set $set [LIMIT $count]",
    "SSCAN $set 0 [MATCH $pattern] [COUNT 10000]", "SSCAN $set (0|x|-1) «MATCH $pattern|COUNT $small|x»",
    "OBJECT ENCODING $set", "DEL $set", "CONFIG SET set-max-intset-entries $threshold", "COPY $set $set REPLACE", "SORT $set [ALPHA] [DESC]",
  ])

  package static let sortedSets = templates([
    "ZADD $zset «NX|XX|GT|LT|CH|INCR» {$score $member}", "ZADD $zset {$score $member}", "ZADD $zset {$score $member}",
    "ZADD $zset [NX|XX] [GT|LT] [CH] {$score $member}", "ZADD $zset «NX|XX|GT|LT|CH» INCR $score $member",
    "ZINCRBY $zset $score $member", "ZREM $zset {$member}", "ZCARD $zset", "ZSCORE $zset $member",
    "ZMSCORE $zset {$member}", "ZRANK $zset $member [WITHSCORE]", "ZREVRANK $zset $member",
    "ZCOUNT $zset $scorebound $scorebound", "ZLEXCOUNT $lex $lexbound $lexbound",
    "ZRANGE $zset $index $index [REV] [WITHSCORES]",
    "ZRANGE $zset $scorebound $scorebound BYSCORE [REV] [LIMIT $index $count] [WITHSCORES]",
    "ZRANGE $zset (0|-|(1|$index) (-1|+|$index) «BYSCORE|BYLEX|REV|LIMIT $index $count|WITHSCORES»",
    "ZADD $lex {0 $member}", "ZRANGE $lex $lexbound $lexbound BYLEX [REV] [LIMIT $index $count]",
    "ZREVRANGE $zset $index $index [WITHSCORES]",
    "ZRANGEBYSCORE $zset $scorebound $scorebound «WITHSCORES|LIMIT $index $count»",
    "ZREVRANGEBYSCORE $zset $scorebound $scorebound [WITHSCORES] [LIMIT $index $count]",
    "ZRANGEBYLEX $lex $lexbound $lexbound [LIMIT $index $count]",
    "ZREVRANGEBYLEX $lex $lexbound $lexbound «LIMIT $index $count|WITHSCORES»",
    "ZRANGESTORE $zset $zset $index $index [REV]",
    "ZRANGESTORE $zset $zset $scorebound $scorebound BYSCORE [REV] [LIMIT $index $count]",
    "ZRANGESTORE $lex $lex $lexbound $lexbound «BYLEX|REV|LIMIT $index $count»", "ZREMRANGEBYRANK $zset $index $index",
    "ZREMRANGEBYSCORE $zset $scorebound $scorebound", "ZREMRANGEBYLEX $lex $lexbound $lexbound",
    "ZPOPMIN $zset [$count]", "ZPOPMAX $zset [$count]", "ZRANDMEMBER $zset [$randomcount [WITHSCORES|x]]",
    "ZUNION $small {$zset} «WEIGHTS {$score}|AGGREGATE (SUM|MIN|MAX|x)|WITHSCORES»",
    "ZUNION 2 $zset $set «AGGREGATE (SUM|MIN|MAX)|WEIGHTS $score $score|WITHSCORES»",
    "ZINTER 2 $zset $key «AGGREGATE (SUM|MIN|MAX)|WEIGHTS $score $score|WITHSCORES»",
    "ZDIFF 2 $zset $zset [WITHSCORES]", "ZDIFF 2 $key $zset «WITHSCORES|WEIGHTS 1 2»",
    "ZUNIONSTORE $zset 2 $zset $zset [WEIGHTS $score $score]", "ZUNIONSTORE $key $small {$zset} [AGGREGATE (SUM|MIN|MAX)]",
    "ZINTERSTORE $zset 2 $zset $set [AGGREGATE (SUM|MIN|MAX)]", "ZDIFFSTORE $zset 2 $zset $zset",
    "ZINTERCARD $small {$zset} «LIMIT $count»", "ZINTERCARD 2 $zset $set [LIMIT $count]", "SADD $set {$member}",
    "ZMPOP $small {$zset} (MIN|MAX|x) «COUNT $count»", "ZMPOP 1 $zset (MIN|MAX) [COUNT $count]",
    "ZSCAN $zset 0 [MATCH $pattern] [COUNT 10000]", "ZSCAN $zset (0|x|-1) «MATCH $pattern|COUNT $small|x»",
    "OBJECT ENCODING $zset", "DEL $zset", "COPY $zset $zset REPLACE",
    "CONFIG SET (zset-max-listpack-entries|zset-max-listpack-value|zset-max-ziplist-value) $threshold",
    "SORT $zset [BY nosort] [ALPHA] [DESC] [LIMIT $index $small]",
  ])

  package static let streams = templates([
    "XADD $stream $id {$field $value}", "XADD $stream $id {$field $value}", "XADD $stream * {$field $value}",
    "XADD $stream $nextid {$field $value}", "XADD $stream $nextid {$field $value}",
    "XADD $stream «NOMKSTREAM|MAXLEN $small|MAXLEN = $small|MAXLEN ~ $small|MINID $id|LIMIT $small» $id $field $value",
    "XADD $stream [NOMKSTREAM] [(MAXLEN|MINID) [=|~] $small [LIMIT $count]] $id $field $value", "XLEN $stream",
    "XRANGE $stream $streambound $streambound [COUNT $count]", "XRANGE $stream - +",
    "XREVRANGE $stream $streambound $streambound [COUNT $count]", "XREVRANGE $stream + - [COUNT $small]",
    "XDEL $stream {$id}", "XDEL $stream {$nextid}",
    "XTRIM $stream (MAXLEN|MINID) [=|~] $small [LIMIT $count]",
    "XTRIM $stream «MAXLEN $small|MAXLEN = $count|MAXLEN ~ $small|MINID $id|MINID ~ $nextid|LIMIT $small»",
    "XREAD [COUNT $count] [BLOCK 1] STREAMS $stream ($id|$)", "XREAD [COUNT $small] STREAMS $stream $stream $id $id",
    "XREAD «COUNT $small|BLOCK 1|NOACK|GROUP g1 c1» STREAMS $stream $nextid",
    "XSETID $stream $id [ENTRIESADDED $small] [MAXDELETEDID $id]", "XINFO STREAM $stream [FULL [COUNT $count]]",
    "COPY $stream $stream [REPLACE]", "DEL $stream", "TYPE $stream", "OBJECT ENCODING $stream",
    "CONFIG SET stream-node-max-entries $threshold",
    // With nodes of 20 or 60 bytes redis-server 7.0.15 was seen to crash.
    "CONFIG SET stream-node-max-bytes (0|4096|-1)",
  ])

  package static let streamGroups = templates([
    "XADD $stream $id {$field $value}", "XADD $stream $nextid $field $value", "XADD $stream $nextid $field $value",
    "XADD $stream MAXLEN $small $nextid $field $value", "XDEL $stream {$nextid}", "XTRIM $stream MAXLEN $small",
    "XGROUP CREATE $stream $group ($|$id|0) «MKSTREAM|ENTRIESREAD $count»",
    "XGROUP CREATE $stream $group (0|$) MKSTREAM", "XGROUP SETID $stream $group ($|$id|0) «ENTRIESREAD $count»",
    "XGROUP CREATECONSUMER $stream $group $consumer", "XGROUP DELCONSUMER $stream $group $consumer",
    "XGROUP DESTROY $stream $group", "XREADGROUP GROUP $group $consumer [COUNT $count] [NOACK] STREAMS $stream >",
    "XREADGROUP GROUP $group $consumer COUNT 2 STREAMS $stream (>|0|$id)",
    "XREADGROUP GROUP $group $consumer «COUNT $small|NOACK|BLOCK 1|GROUP g1 c2» STREAMS $stream (>|0|$)",
    "XREADGROUP GROUP $group $consumer [BLOCK 1] STREAMS $stream $stream (>|0) (>|0)", "XACK $stream $group {$nextid}",
    "XPENDING $stream $group", "XPENDING $stream $group [IDLE (0|1000000|x|-1)] $streambound $streambound $count [$consumer]",
    "XPENDING $stream $group - + 10 [$consumer]",
    "XCLAIM $stream $group $consumer (0|1000000|-1) {$nextid} «IDLE 2000000|TIME 1|RETRYCOUNT $small|FORCE|JUSTID|LASTID $id»",
    "XCLAIM $stream $group $consumer 0 {$nextid} [FORCE] [JUSTID]",
    "XAUTOCLAIM $stream $group $consumer (0|1000000|-1|x) $streambound «COUNT $small|JUSTID»",
    "XAUTOCLAIM $stream $group $consumer 0 (0|-) COUNT $positive [JUSTID]",
    "XINFO GROUPS $stream", "XINFO CONSUMERS $stream $group", "XINFO STREAM $stream FULL [COUNT $small]",
    "XSETID $stream $id [ENTRIESADDED $small] [MAXDELETEDID $id]", "COPY $stream $stream [REPLACE]", "DEL $stream", "CONFIG SET stream-node-max-entries $threshold", "XGROUP NOSUCH $stream",
    "XGROUP HELP", "XINFO HELP", "XINFO NOSUCH $stream",
  ])

  /// Deadlines that have passed, which SET takes: not for families that see when a key is taken away, since a real
  /// server does that at its next look.
  package static let pastDeadlines = templates(["SET $string $value (EXAT|PXAT) 1", "GETEX $string (EXAT|PXAT) 1"])

  /// For families without lifetimes: a key that has expired has a digest until something notices.
  package static let digests = templates(["DEBUG DIGEST-VALUE {$key}", "DEBUG DIGEST"])

  package static let hyperLogLogs = templates([
    "PFADD $hll {$element}", "PFCOUNT {$hll}", "PFMERGE $hll {$hll}", "DEL $hll", "GET $hll", "STRLEN $hll",
  ])

  package static let geo = templates([
    "GEOADD $geo [NX|XX] [CH] {$lon $lat $member}", "GEOPOS $geo {$member}", "GEODIST $geo $member $member [$unit]",
    "GEOHASH $geo {$member}",
    "GEOSEARCH $geo (FROMMEMBER $member|FROMLONLAT $lon $lat) (BYRADIUS $score $unit|BYBOX $score $score $unit) (ASC|DESC) [COUNT $small [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]",
    "GEOSEARCH $geo FROMLONLAT $lon $lat BYRADIUS 5000 km (ASC|DESC) [WITHCOORD] [WITHDIST] [WITHHASH]",
    "GEOSEARCHSTORE $geo $geo FROMLONLAT $lon $lat BYRADIUS 5000 km ASC [STOREDIST]", "ZRANGE $geo 0 -1 WITHSCORES",
  ])

  /// All that changes or reads data, for the families that are made of it.
  package static let mixture = strings + bits + keys + lists + hashes + sets + sortedSets + streams + streamGroups

  package static func templates(_ patterns: [String]) -> [CommandTemplate] { patterns.map(CommandTemplate.init) }
}
