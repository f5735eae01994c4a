// CommandFamily: commands that mean the same to whoever writes a fault rule. Client libraries choose among them behind
// their user's back (redis-py's `incr` sends INCRBY, `setex` of many sends SET … EX), so rules name families.
//
// A family is named after its lead command. A new command joins a family here; tests hold each name against the
// declarations, and want every command with keys to be in one.

/// Commands that a rule takes for one.
package enum CommandFamily: String, Sendable, CaseIterable {
  // Strings.
  case get, set, incr, append, getrange, strlen, lcs
  // Bits.
  case bit
  // Keys.
  case del, expire, ttl, exists, rename, copy, dump, object, scan, sort, type, move, wait
  // Containers.
  case push, pop, lrange, lset, lrem
  case sadd, srem, smembers, spop, scombine
  case hset, hget, hdel, hincr, hexpire
  case zadd, zrem, zrange, zpop, zscore, zincr, zcombine
  case xadd, xread, xack, xrange, xtrim, xgroup
  case pfadd, pfcount
  case geoadd, geosearch
  // Beyond data.
  case publish, subscribe, multi, exec, watch, eval, evalsha, fcall, script, function
  case hello, ping, client, select, flush, info, config

  /// The names of its commands, as the declarations have them; a container stands for its subcommands.
  package var commands: [String] {
    switch self {
    case .get: ["get", "mget", "getex", "getdel", "getset", "digest"]
    case .set: ["set", "setnx", "setex", "psetex", "mset", "msetnx", "msetex", "getset"]
    case .incr: ["incr", "incrby", "incrbyfloat", "decr", "decrby"]
    case .append: ["append", "setrange"]
    case .getrange: ["getrange", "substr"]
    case .strlen: ["strlen"]
    case .lcs: ["lcs"]
    case .bit: ["setbit", "getbit", "bitcount", "bitpos", "bitop", "bitfield", "bitfield_ro"]
    case .del: ["del", "unlink", "getdel", "delex", "delifeq"]
    case .expire: ["expire", "pexpire", "expireat", "pexpireat", "persist", "getex"]
    case .ttl: ["ttl", "pttl", "expiretime", "pexpiretime"]
    case .exists: ["exists", "touch"]
    case .rename: ["rename", "renamenx"]
    case .copy: ["copy"]
    case .dump: ["dump", "restore", "restore-asking", "migrate"]
    case .object: ["object", "memory", "debug"]
    case .scan: ["scan", "keys", "randomkey", "hscan", "sscan", "zscan"]
    case .sort: ["sort", "sort_ro"]
    case .type: ["type"]
    case .move: ["move"]
    case .wait: ["wait", "waitaof"]
    case .push: ["lpush", "rpush", "lpushx", "rpushx", "linsert"]
    case .pop: [
      "lpop", "rpop", "lmpop", "blpop", "brpop", "blmpop", "lmove", "blmove", "rpoplpush", "brpoplpush",
    ]
    case .lrange: ["lrange", "lindex", "llen", "lpos"]
    case .lset: ["lset", "ltrim"]
    case .lrem: ["lrem"]
    case .sadd: ["sadd", "smove"]
    case .srem: ["srem"]
    case .smembers: ["smembers", "sismember", "smismember", "scard", "srandmember", "sscan"]
    case .spop: ["spop"]
    case .scombine: ["sdiff", "sdiffstore", "sinter", "sinterstore", "sintercard", "sunion", "sunionstore"]
    case .hset: ["hset", "hmset", "hsetnx", "hsetex"]
    case .hget: [
      "hget", "hmget", "hgetall", "hkeys", "hvals", "hlen", "hexists", "hstrlen", "hrandfield", "hscan", "hgetex", "hgetdel",
    ]
    case .hdel: ["hdel", "hgetdel"]
    case .hincr: ["hincrby", "hincrbyfloat"]
    case .hexpire: [
      "hexpire", "hpexpire", "hexpireat", "hpexpireat", "hpersist", "httl", "hpttl", "hexpiretime", "hpexpiretime",
    ]
    case .zadd: ["zadd"]
    case .zrem: ["zrem", "zremrangebyscore", "zremrangebyrank", "zremrangebylex"]
    case .zrange: [
      "zrange", "zrangestore", "zrangebyscore", "zrangebylex", "zrevrange", "zrevrangebyscore", "zrevrangebylex", "zscan",
      "zrandmember",
    ]
    case .zpop: ["zpopmin", "zpopmax", "zmpop", "bzpopmin", "bzpopmax", "bzmpop"]
    case .zscore: ["zscore", "zmscore", "zrank", "zrevrank", "zcard", "zcount", "zlexcount"]
    case .zincr: ["zincrby"]
    case .zcombine: ["zdiff", "zdiffstore", "zinter", "zinterstore", "zintercard", "zunion", "zunionstore"]
    case .xadd: ["xadd"]
    case .xread: ["xread", "xreadgroup", "xautoclaim", "xclaim"]
    case .xack: ["xack", "xackdel"]
    case .xrange: ["xrange", "xrevrange", "xlen", "xpending", "xinfo"]
    case .xtrim: ["xtrim", "xdel", "xdelex", "xsetid"]
    case .xgroup: ["xgroup"]
    case .pfadd: ["pfadd", "pfmerge"]
    case .pfcount: ["pfcount", "pfdebug"]
    case .geoadd: ["geoadd"]
    case .geosearch: [
      "geosearch", "geosearchstore", "georadius", "georadius_ro", "georadiusbymember", "georadiusbymember_ro", "geodist",
      "geohash", "geopos",
    ]
    case .publish: ["publish", "spublish"]
    case .subscribe: ["subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe"]
    case .multi: ["multi", "discard"]
    case .exec: ["exec"]
    case .watch: ["watch", "unwatch"]
    case .eval: ["eval", "eval_ro", "evalsha", "evalsha_ro"]
    case .evalsha: ["evalsha", "evalsha_ro"]
    case .fcall: ["fcall", "fcall_ro"]
    case .script: ["script"]
    case .function: ["function"]
    case .hello: ["hello", "auth", "reset", "quit"]
    case .ping: ["ping", "echo"]
    case .client: ["client"]
    case .select: ["select", "swapdb"]
    case .flush: ["flushall", "flushdb"]
    case .info: ["info", "role", "time", "dbsize", "lastsave"]
    case .config: ["config"]
    }
  }
}
