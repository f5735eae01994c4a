// ScriptEngine: the bridge with a fake host, for the tests of this target.
//
// The host keeps a dictionary of strings, records every call, and answers the few commands the tests need.
// This file may say `unsafe`: it is the only one of the target that touches the C API, and hands out values
// only. The callbacks get the host through an unretained pointer, which the engine outlives by being owned
// next to it.

import CUnderstudyLua

/// What a script can reach in a test.
@safe
final class FakeHost {
  var strings: [String: [UInt8]] = [:]
  /// Every call, its arguments decoded.
  var calls: [[String]] = []
  /// Whether the last call asked for RESP3.
  var lastCallWasRESP3 = false
  var logged: [(level: Int, message: String)] = []
  /// Raw replies to commands by upper-case name; they win over the built-in ones.
  var canned: [String: String] = [:]
  /// What `check` answers once a slice has run so many instructions; never by default.
  var yieldAfterInstructions: UInt64 = .max
  var abortAfterInstructions: UInt64 = .max
  var checks = 0
  /// The reply being lent to the bridge: a block of its own, because an array's storage may move.
  fileprivate var lent: UnsafeMutableBufferPointer<UInt8>?

  deinit { unsafe lent?.deallocate() }

  fileprivate func lend(_ reply: [UInt8]) -> understudy_lua_slice {
    unsafe lent?.deallocate()
    let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, reply.count))
    _ = unsafe block.initialize(from: reply)
    unsafe lent = block
    return unsafe understudy_lua_slice(bytes: block.baseAddress, count: reply.count)
  }

  fileprivate func run(_ arguments: [[UInt8]]) -> [UInt8] {
    let words = arguments.map { String(decoding: $0, as: UTF8.self) }
    calls.append(words)
    let name = words[0].uppercased()
    if name == "GET", canned[name] == nil, words.count == 2, let value = strings[words[1]] {
      return Array("$\(value.count)\r\n".utf8) + value + [13, 10]
    }
    return Array((canned[name] ?? builtIn(name, words, arguments)).utf8)
  }

  private func builtIn(_ name: String, _ words: [String], _ arguments: [[UInt8]]) -> String {
    switch (name, words.count) {
    case ("GET", 2):
      return "$-1\r\n"
    case ("SET", 3):
      strings[words[1]] = arguments[2]
      return "+OK\r\n"
    case ("INCR", 2):
      let old = strings[words[1]].flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
      strings[words[1]] = Array(String(old + 1).utf8)
      return ":\(old + 1)\r\n"
    case ("LPUSH", 3):
      return "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
    case ("ECHO", 2):
      return "$\(arguments[1].count)\r\n\(words[1])\r\n"
    case ("GET", _), ("SET", _), ("INCR", _), ("LPUSH", _):
      return "-ERR Wrong number of args calling Redis command from script\r\n"
    default:
      return "-ERR Unknown Redis command called from script\r\n"
    }
  }
}

/// One scripting state over a `FakeHost`.
@safe
final class ScriptEngine {
  /// How a run ended, with its reply.
  enum Outcome: Equatable {
    case done(String)
    case error(String)
    case yielded

    var text: String {
      switch self {
      case .done(let text), .error(let text): text
      case .yielded: "(yielded)"
      }
    }
  }

  let host = FakeHost()
  private let engine: OpaquePointer?
  private var scripts: [OpaquePointer] = unsafe []

  init(
    strict: Bool = false, memoryLimitBytes: Int = 0, seed: UInt64 = 1, version: UInt32 = 0x0007_000f,
    sliceInstructions: UInt64 = 0, stuckInstructions: UInt64 = 0
  ) {
    var config = unsafe understudy_lua_config()
    unsafe config.memory_limit_bytes = memoryLimitBytes
    unsafe config.strict = strict
    unsafe config.seed = seed
    unsafe config.version = version
    unsafe config.slice_instructions = sliceInstructions
    unsafe config.stuck_instructions = stuckInstructions
    unsafe config.host.context = Unmanaged.passUnretained(host).toOpaque()
    unsafe config.host.call = { context, arguments, count, flags in
      let host = unsafe Unmanaged<FakeHost>.fromOpaque(context!).takeUnretainedValue()
      host.lastCallWasRESP3 = flags & UInt32(UNDERSTUDY_LUA_CALL_RESP3) != 0
      return unsafe host.lend(host.run((0..<count).map { unsafe bytes(of: arguments![$0]) }))
    }
    unsafe config.host.check = { context, instructions, _ in
      let host = unsafe Unmanaged<FakeHost>.fromOpaque(context!).takeUnretainedValue()
      host.checks += 1
      if instructions >= host.abortAfterInstructions { return UNDERSTUDY_LUA_ABORT }
      return instructions >= host.yieldAfterInstructions ? UNDERSTUDY_LUA_YIELD : UNDERSTUDY_LUA_CONTINUE
    }
    unsafe config.host.log = { context, level, message in
      let host = unsafe Unmanaged<FakeHost>.fromOpaque(context!).takeUnretainedValue()
      host.logged.append((Int(level), unsafe String(decoding: bytes(of: message), as: UTF8.self)))
    }
    unsafe engine = understudy_lua_create(&config)
  }

  deinit {
    for unsafe script in unsafe scripts { unsafe understudy_lua_forget(engine, script) }
    unsafe understudy_lua_destroy(engine)
  }

  var usedMemory: Int { unsafe understudy_lua_used_memory(engine) }
  var isSuspended: Bool { unsafe understudy_lua_is_suspended(engine) }

  /// Compiles and starts a script; it runs until it is done or its slice is over.
  func start(_ body: String, keys: [String] = [], arguments: [String] = [], resp3: Bool = false) -> Outcome {
    start(bytes: Array(body.utf8), keys: keys, arguments: arguments, resp3: resp3)
  }

  func start(
    bytes body: [UInt8], keys: [String] = [], arguments: [String] = [], resp3: Bool = false
  ) -> Outcome {
    var error = unsafe understudy_lua_slice()
    let script = unsafe withSlices([body]) { slices in
      unsafe understudy_lua_compile(engine, slices[0], sha1(body), &error)
    }
    guard let script = unsafe script else { return unsafe .error(text(of: error)) }
    unsafe scripts.append(script)
    var reply = unsafe understudy_lua_slice()
    let status = unsafe withSlices((keys + arguments).map { Array($0.utf8) }) { slices in
      let base = slices.baseAddress
      return unsafe understudy_lua_run(
        engine, script, base, keys.count, base.map { unsafe $0 + keys.count }, arguments.count,
        resp3 ? UInt32(UNDERSTUDY_LUA_RUN_RESP3) : 0, &reply)
    }
    return unsafe outcome(status, reply)
  }

  func resume() -> Outcome {
    var reply = unsafe understudy_lua_slice()
    let status = unsafe understudy_lua_resume(engine, &reply)
    return unsafe outcome(status, reply)
  }

  /// Runs a script to its end, through all its slices.
  func run(_ body: String, keys: [String] = [], arguments: [String] = [], resp3: Bool = false) -> Outcome {
    var result = start(body, keys: keys, arguments: arguments, resp3: resp3)
    while result == .yielded { result = resume() }
    return result
  }

  /// The reply of a script run to its end.
  func reply(_ body: String, keys: [String] = [], arguments: [String] = [], resp3: Bool = false) -> String {
    run(body, keys: keys, arguments: arguments, resp3: resp3).text
  }

  func kill(_ message: String) -> String {
    var reply = unsafe understudy_lua_slice()
    unsafe withSlices([Array(message.utf8)]) { slices in
      unsafe understudy_lua_kill(engine, slices[0], &reply)
    }
    return unsafe text(of: reply)
  }

  private func outcome(_ status: understudy_lua_status, _ reply: understudy_lua_slice) -> Outcome {
    switch status {
    case UNDERSTUDY_LUA_DONE: unsafe .done(text(of: reply))
    case UNDERSTUDY_LUA_ERROR: unsafe .error(text(of: reply))
    default: .yielded
    }
  }
}

/// The SHA1 of bytes, by the bridge.
func sha1(_ bytes: [UInt8]) -> String {
  var hex = [CChar](repeating: 0, count: 41)
  unsafe withSlices([bytes]) { slices in unsafe understudy_sha1_hex(slices[0], &hex) }
  return String(decoding: hex.prefix(40).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func bytes(of slice: understudy_lua_slice) -> [UInt8] {
  unsafe Array(UnsafeBufferPointer(start: slice.bytes, count: slice.count))
}

private func text(of slice: understudy_lua_slice) -> String {
  unsafe String(decoding: bytes(of: slice), as: UTF8.self)
}

private func withSlices<R>(
  _ parts: [[UInt8]], _ body: (UnsafeBufferPointer<understudy_lua_slice>) -> R
) -> R {
  let flat = parts.flatMap { $0 }
  return unsafe flat.withUnsafeBufferPointer { buffer in
    var slices: [understudy_lua_slice] = unsafe []
    var offset = 0
    for part in parts {
      unsafe slices.append(
        understudy_lua_slice(bytes: buffer.baseAddress.map { unsafe $0 + offset }, count: part.count))
      offset += part.count
    }
    return unsafe slices.withUnsafeBufferPointer { unsafe body($0) }
  }
}
