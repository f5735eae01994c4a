// ScriptCache: the compiled scripts of one engine, by their SHA1 and by their bodies.
//
// EVAL looks a script up by its body, so that a body that was seen before costs one fast hash and one
// comparison, and no SHA1. The fast hashes are seeded per engine; a match is always confirmed by the bytes.
// Scripts stay until SCRIPT FLUSH.
//
// This file may say `unsafe`. What keeps it safe: the scripts belong to the Lua engine that compiled them and
// are given back to it before it is destroyed.

internal import CUnderstudyLua

/// What a script says of itself in its first line (`#!lua flags=…`), and a function when it is registered.
struct ScriptFlags: OptionSet {
  let rawValue: UInt8
  /// It has such a line: without one, it may do anything.
  static let declared = ScriptFlags(rawValue: 1 << 0)
  static let noWrites = ScriptFlags(rawValue: 1 << 1)
  static let allowOOM = ScriptFlags(rawValue: 1 << 2)
  static let allowStale = ScriptFlags(rawValue: 1 << 3)
  static let noCluster = ScriptFlags(rawValue: 1 << 4)
  static let allowCrossSlotKeys = ScriptFlags(rawValue: 1 << 5)

  /// The flag of a name; nil if there is none.
  init?(name: Bytes) {
    guard let found = Self.names.first(where: { name == Bytes($0.1) }) else { return nil }
    self = found.0
  }

  /// The same, whatever the case of the name: how functions give theirs.
  init?(ofAnyCase name: Bytes) {
    guard let found = Self.names.first(where: { name.equalsIgnoringCase(Bytes($0.1)) }) else { return nil }
    self = found.0
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Those that scripts and functions name, with their names.
  static let names: [(ScriptFlags, StaticString)] = [
    (.noWrites, "no-writes"), (.allowOOM, "allow-oom"), (.allowStale, "allow-stale"), (.noCluster, "no-cluster"),
    (.allowCrossSlotKeys, "allow-cross-slot-keys"),
  ]

  /// Whether what has these flags is not to write, called by a command that may write or not. What declares that it
  /// writes is not called by one that may not.
  @inline(__always)
  func mayNotWrite(isReadOnly: Bool) throws(ReplyError) -> Bool {
    if contains(.noWrites) { return true }
    if isReadOnly && contains(.declared) {
      throw ReplyError("ERR Can not execute a script with write flag using *_ro command.")
    }
    return isReadOnly
  }
}

/// A script that can be run. The handle is good until the cache is emptied.
@safe
struct CachedScript {
  let handle: OpaquePointer
  let flags: ScriptFlags
  /// The bytes in front of the compiled part: the line that declares flags.
  let preamble: [UInt8]

  /// The 40 hexadecimal digits.
  var sha: Bytes {
    unsafe Bytes(UnsafeRawPointer(understudy_lua_script_sha(handle)), count: 40)
  }

  /// The whole text.
  var body: [UInt8] { unsafe preamble + Bytes(slice: understudy_lua_script_body(handle)).copied() }

  /// What INFO counts for it.
  var bytes: Int {
    unsafe preamble.count + understudy_lua_script_body(handle).count + sha.count + MemoryLayout<Self>.size
  }

  /// Whether this is the script of that body.
  func hasBody(_ body: Bytes) -> Bool {
    let compiled = unsafe understudy_lua_script_body(handle)
    guard unsafe body.count == preamble.count + compiled.count else { return false }
    guard let start = unsafe compiled.bytes else { return true }
    return unsafe body.slice(preamble.count..<body.count)
      == Bytes(UnsafeRawPointer(start), count: compiled.count)
      && (preamble.isEmpty || preamble.withBytes { body.slice(0..<preamble.count) == $0 })
  }
}

@safe
struct ScriptCache: ~Copyable {
  private var scripts: [CachedScript] = []
  private var byBody = HashIndex()
  private var bySHA = HashIndex()

  var count: Int { scripts.count }

  @inline(__always)
  func find(body: Bytes, hash: UInt64) -> CachedScript? {
    byBody.find(hash) { scripts[$0].hasBody(body) }.map { scripts[$0] }
  }

  /// Looks a script up by 40 lower-case hexadecimal digits.
  @inline(__always)
  func find(sha: Bytes, hash: UInt64) -> CachedScript? {
    bySHA.find(hash) { scripts[$0].sha == sha }.map { scripts[$0] }
  }

  mutating func insert(_ script: CachedScript, bodyHash: UInt64, shaHash: UInt64) {
    scripts.append(script)
    byBody.insert(bodyHash, scripts.count - 1)
    bySHA.insert(shaHash, scripts.count - 1)
  }

  func forEach(_ body: (CachedScript) -> Void) { scripts.forEach(body) }
}
