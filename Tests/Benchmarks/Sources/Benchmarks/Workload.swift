// What the servers are driven with: the commands of the throughput part and of the collections part. A new command is a
// line in one of the lists below.

import UnderstudyTestSupport

/// One command to measure.
struct Workload {
  var name: String
  /// What redis-benchmark is told to send.
  var arguments: [String]
  /// What the data must be before a measurement of that many requests.
  var prepare: Preparation = .nothing
  /// Of how many numbers `__rand_int__` is one.
  var keySpace = Workload.keySpace
  /// What part of the requests is enough: a reply may be large.
  var share = 1.0

  enum Preparation {
    case nothing
    /// All keys of the key space, with small values.
    case keys
    /// A list of at least as many elements as there are requests.
    case list
    /// So many elements in one collection, each made by a command from its number.
    case elements(Int, @Sendable (Int) -> [Argument])
    /// The script, whose digest replaces `SHA` in the arguments.
    case script(String)
  }

  static let keySpace = 100_000
  static let getAndSet = "local v = redis.call('GET', KEYS[1]) redis.call('SET', KEYS[1], ARGV[1]) return v"

  static let all: [Workload] = [
    Workload(name: "PING", arguments: ["PING"]),
    Workload(name: "GET", arguments: ["GET", "key:__rand_int__"], prepare: .keys),
    Workload(name: "SET", arguments: ["SET", "key:__rand_int__", "xxx"], prepare: .keys),
    Workload(name: "INCR", arguments: ["INCR", "counter:__rand_int__"]),
    Workload(name: "LPUSH", arguments: ["LPUSH", "mylist", "xxx"]),
    Workload(name: "RPUSH", arguments: ["RPUSH", "mylist", "xxx"]),
    Workload(name: "LPOP", arguments: ["LPOP", "mylist"], prepare: .list),
    Workload(name: "SADD", arguments: ["SADD", "myset", "element:__rand_int__"]),
    Workload(name: "HSET", arguments: ["HSET", "myhash", "element:__rand_int__", "xxx"]),
    Workload(name: "ZADD", arguments: ["ZADD", "myzset", "__rand_int__", "element:__rand_int__"]),
    Workload(
      name: "MSET (10)", arguments: ["MSET"] + (0..<10).flatMap { _ in ["key:__rand_int__", "xxx"] }, prepare: .keys),
    Workload(name: "EVALSHA return 1", arguments: ["EVALSHA", "SHA", "0"], prepare: .script("return 1")),
    Workload(
      name: "EVALSHA GET+SET", arguments: ["EVALSHA", "SHA", "1", "key:__rand_int__", "xxx"],
      prepare: .script(getAndSet)),
  ]

  private static let million = 1_000_000
  private static let members = Preparation.elements(million) {
    ["ZADD", "myzset", Argument($0), Argument("element:\(padded($0))")]
  }
  private static let fields = Preparation.elements(million) { ["HSET", "myhash", Argument("element:\(padded($0))"), "xxx"] }
  private static let integers = Preparation.elements(million) { ["SADD", "myset", Argument("element:\(padded($0))")] }

  /// The commands of collections that are not in the list above: the rest of redis-benchmark's own list, and large ones.
  static let collections: [Workload] = [
    Workload(name: "RPOP", arguments: ["RPOP", "mylist"], prepare: .list),
    Workload(name: "SPOP", arguments: ["SPOP", "myset"], prepare: integers),
    Workload(name: "ZPOPMIN", arguments: ["ZPOPMIN", "myzset"], prepare: members),
    range(100), range(300), range(500), range(600),
    Workload(
      name: "ZADD, 1 M members", arguments: ["ZADD", "myzset", "__rand_int__", "element:__rand_int__"], prepare: members,
      keySpace: million),
    Workload(
      name: "ZRANK, 1 M members", arguments: ["ZRANK", "myzset", "element:__rand_int__"], prepare: members, keySpace: million),
    Workload(
      name: "ZSCORE, 1 M members", arguments: ["ZSCORE", "myzset", "element:__rand_int__"], prepare: members,
      keySpace: million),
    // redis-benchmark's number has leading zeros, which no index may have: scores may.
    Workload(
      name: "ZRANGE BYSCORE 10, 1 M members",
      arguments: ["ZRANGE", "myzset", "__rand_int__", "+inf", "BYSCORE", "LIMIT", "0", "10"], prepare: members,
      keySpace: million),
    Workload(
      name: "HSET, 1 M fields", arguments: ["HSET", "myhash", "element:__rand_int__", "xxx"], prepare: fields,
      keySpace: million),
    Workload(
      name: "HGET, 1 M fields", arguments: ["HGET", "myhash", "element:__rand_int__"], prepare: fields, keySpace: million),
    Workload(
      name: "SISMEMBER, 1 M members", arguments: ["SISMEMBER", "myset", "element:__rand_int__"], prepare: integers,
      keySpace: million),
  ]

  private static func range(_ count: Int) -> Workload {
    Workload(
      name: "LRANGE_\(count)", arguments: ["LRANGE", "mylist", "0", "\(count - 1)"],
      prepare: .elements(count) { _ in ["RPUSH", "mylist", "xxx"] }, share: 0.1)
  }
}
