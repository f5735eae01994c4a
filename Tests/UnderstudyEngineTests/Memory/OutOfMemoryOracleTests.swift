// What is refused without memory, and how: each call made to an engine and to a live redis-server, in both protocols.

import Testing
import UnderstudyTestSupport

@testable import UnderstudyEngine

@Suite(.enabled(if: OracleServer.isAvailable(for: "OutOfMemoryOracleTests")))
struct OutOfMemoryOracleTests {
  private let set = "return redis.call('set', 'x', 1)"
  private let get = "return redis.call('get', 'x')"

  private func compare(
    _ both: OracleComparison, _ calls: [[String]], as name: String = "one", protocol version: Int
  ) throws {
    for call in calls {
      let (ours, theirs) = try both.replies(call, as: name, protocol: version)
      #expect(ours == theirs, "\(call) in RESP\(version)")
    }
  }

  @Test(arguments: [2, 3]) func callsAndScripts(version: Int) throws {
    let both = try OracleComparison()
    try compare(
      both,
      [
        ["SET", "x", "1"], ["SCRIPT", "LOAD", set], ["SCRIPT", "LOAD", "#!lua\n\(set)"],
        ["CONFIG", "SET", "maxmemory", "1"], ["SET", "x", "1"], ["GET", "x"], ["DEL", "none"], ["SETRANGE", "x", "0", ""],
        ["LPUSH", "l"], ["NOSUCH"], ["PUBLISH", "a", "b"], ["EVAL", set, "0"], ["EVAL", get, "0"],
        ["EVAL", "return redis.pcall('set', 'x', 1)", "0"],
        ["EVAL", "local e = redis.pcall('set', 'x', 1) return {type(e), e['err']}", "0"],
        ["EVAL", "redis.call('del', 'x') return redis.call('set', 'x', 1)", "0"],
        ["EVAL", "redis.call('get', 'x') redis.call('del', 'nokey') redis.call('lpush', 'l', 1) return 1", "0"],
        ["EVAL", "#!lua\n\(set)", "0"], ["EVAL", "#!lua\nreturn 1", "0"], ["EVAL", "#!lua flags=allow-oom\n\(set)", "0"],
        ["EVAL", "#!lua flags=no-writes\n\(get)", "0"], ["EVAL", "#!lua flags=no-writes\n\(set)", "0"],
        ["EVAL", "#!lua flags=bogus\n\(get)", "0"], ["EVAL", "#!lua\nbogus(", "0"], ["EVAL", "#!lua\nreturn 1", "x"],
        ["EVAL_RO", "#!lua\n\(get)", "0"], ["EVAL_RO", "#!lua flags=allow-oom\n\(get)", "0"], ["EVAL_RO", get, "0"],
        ["EVALSHA", "ffffffffffffffffffffffffffffffffffffffff", "0"], ["SCRIPT", "LOAD", "return 1"],
        ["FLUSHALL"], ["MSET", "a", "b"],
      ], protocol: version)
  }

  @Test(arguments: [2, 3]) func scriptsByTheirDigest(version: Int) throws {
    let both = try OracleComparison()
    for (script, keys) in [(set, 0), ("#!lua\n\(set)", 0), ("#!lua flags=allow-oom\n\(set)", 0)] {
      let (ours, theirs) = try both.replies(["SCRIPT", "LOAD", script], protocol: version)
      #expect(ours == theirs)
      let digest = String(ours.split(separator: "\r\n").last ?? "")
      try compare(
        both,
        [
          ["CONFIG", "SET", "maxmemory", "1"], ["EVALSHA", digest, String(keys)], ["EVALSHA_RO", digest, String(keys)],
          ["CONFIG", "SET", "maxmemory", "0"],
        ], protocol: version)
    }
  }

  @Test(arguments: [2, 3]) func functions(version: Int) throws {
    let both = try OracleComparison()
    let library = """
      #!lua name=l
      redis.register_function{function_name='plain', callback=function() \(set) end}
      redis.register_function{function_name='oom', callback=function() \(set) end, flags={'allow-oom'}}
      redis.register_function{function_name='ro', callback=function() \(get) end, flags={'no-writes'}}
      """
    try compare(
      both, [["SET", "x", "1"], ["FUNCTION", "LOAD", library], ["CONFIG", "SET", "maxmemory", "1"]], protocol: version)
    for name in ["plain", "oom", "ro", "none"] {
      try compare(both, [["FCALL", name, "0"], ["FCALL_RO", name, "0"], ["FCALL", name, "x"]], protocol: version)
      try compare(both, [["CONFIG", "SET", "maxmemory", "0"], ["MULTI"], ["FCALL", name, "0"]], protocol: version)
      try compare(both, [["CONFIG", "SET", "maxmemory", "1"]], as: "other", protocol: version)
      try compare(both, [["EXEC"]], protocol: version)
    }
  }

  /// Whatever is queued is refused, and so is EXEC, if memory has run out since, for what needs some.
  @Test(arguments: [2, 3]) func transactions(version: Int) throws {
    let both = try OracleComparison()
    let queues: [[[String]]] = [
      [["GET", "x"]], [["SET", "x", "5"]], [["EVAL", set, "0"], ["GET", "x"]], [["EVAL", "#!lua\n\(get)", "0"]],
      [["EVAL", "#!lua flags=allow-oom\n\(set)", "0"]], [["EVAL", "#!lua flags=no-writes\n\(get)", "0"]],
      [["EVAL_RO", "#!lua\n\(get)", "0"], ["PING"]], [["PUBLISH", "a", "b"]], [["DEL", "x"], ["LPUSH", "x", "1"]], [],
    ]
    for queue in queues {
      try compare(both, [["CONFIG", "SET", "maxmemory", "0"], ["MULTI"]] + queue, protocol: version)
      try compare(both, [["CONFIG", "SET", "maxmemory", "1"]], as: "other", protocol: version)
      try compare(both, [["EXEC"], ["DISCARD"], ["GET", "x"]], protocol: version)
    }
    // Queued while there is none.
    for last in ["EXEC", "DISCARD", "RESET"] {
      try compare(
        both,
        [["MULTI"], ["GET", "x"], ["PING"], ["WATCH", "x"], ["MULTI"], ["UNWATCH"], ["SET", "x", "1"], [last], ["PING"]],
        protocol: version)
    }
  }

  @Test func subscribedClientsAreToldThatFirst() throws {
    let both = try OracleComparison()
    try compare(
      both,
      [["CONFIG", "SET", "maxmemory", "1"], ["SUBSCRIBE", "a"], ["SET", "a", "b"], ["GET", "a"], ["PING"]], protocol: 2)
  }

  @Test(arguments: [2, 3]) func settings(version: Int) throws {
    let both = try OracleComparison()
    try compare(
      both,
      [
        ["CONFIG", "SET", "maxmemory-policy", "volatile-ttl"], ["CONFIG", "GET", "maxmemory-policy"],
        ["CONFIG", "SET", "maxmemory-policy", "VOLATILE-LRU"], ["CONFIG", "GET", "maxmemory-policy"],
        ["CONFIG", "SET", "maxmemory-policy", "none"], ["CONFIG", "SET", "maxmemory-samples", "0"],
        ["CONFIG", "SET", "maxmemory-samples", "7"], ["CONFIG", "GET", "maxmemory-samples"],
        ["CONFIG", "SET", "maxmemory-eviction-tenacity", "101"], ["CONFIG", "SET", "maxmemory-eviction-tenacity", "-1"],
        ["CONFIG", "SET", "maxmemory-eviction-tenacity", "100"], ["CONFIG", "GET", "maxmemory-eviction-tenacity"],
        ["CONFIG", "SET", "maxmemory", "100mb"], ["CONFIG", "GET", "maxmemory"], ["CONFIG", "SET", "maxmemory", "-1"],
      ], protocol: version)
  }
}
