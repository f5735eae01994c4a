// ScriptCache: the compiled scripts of one engine, by their SHA1 and by their bodies.
//
// EVAL looks a script up by its body, so that a body that was seen before costs one fast hash and one
// comparison, and no SHA1. The fast hashes are seeded per engine; a match is always confirmed by the bytes.
// Scripts stay until SCRIPT FLUSH.
//
// This file may say `unsafe`. What keeps it safe: the scripts belong to the Lua engine that compiled them and
// are given back to it before it is destroyed; slots are bounded by a power of two that is never full.

internal import CUnderstudyLua

/// What a script says of itself in its first line (`#!lua flags=…`).
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
    let flags: [(StaticString, ScriptFlags)] = [
      ("no-writes", .noWrites), ("allow-oom", .allowOOM), ("allow-stale", .allowStale),
      ("no-cluster", .noCluster),
      ("allow-cross-slot-keys", .allowCrossSlotKeys),
    ]
    guard let found = flags.first(where: { name == Bytes($0.0) }) else { return nil }
    self = found.1
  }

  init(rawValue: UInt8) { self.rawValue = rawValue }
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

/// Positions by 64-bit hash, with open addressing. Nothing is ever removed singly.
@safe
private struct HashIndex: ~Copyable {
  private struct Slot {
    var hash: UInt64 = 0
    var position = -1
  }
  private var slots: UnsafeMutablePointer<Slot>
  private var capacity = 16
  private var count = 0

  init() {
    unsafe slots = .allocate(capacity: capacity)
    unsafe slots.initialize(repeating: Slot(), count: capacity)
  }

  deinit { unsafe slots.deallocate() }

  @inline(__always)
  func find(_ hash: UInt64, _ isWanted: (Int) -> Bool) -> Int? {
    var index = Int(truncatingIfNeeded: hash) & (capacity - 1)
    while true {
      let slot = unsafe slots[index]
      if slot.position < 0 { return nil }
      if slot.hash == hash && isWanted(slot.position) { return slot.position }
      index = (index + 1) & (capacity - 1)
    }
  }

  mutating func insert(_ hash: UInt64, _ position: Int) {
    if count * 2 >= capacity { grow() }
    place(Slot(hash: hash, position: position))
    count += 1
  }

  private mutating func place(_ slot: Slot) {
    var index = Int(truncatingIfNeeded: slot.hash) & (capacity - 1)
    while unsafe slots[index].position >= 0 { index = (index + 1) & (capacity - 1) }
    unsafe slots[index] = slot
  }

  private mutating func grow() {
    let old = unsafe slots
    let oldCapacity = capacity
    capacity *= 2
    unsafe slots = .allocate(capacity: capacity)
    unsafe slots.initialize(repeating: Slot(), count: capacity)
    for index in 0..<oldCapacity where unsafe old[index].position >= 0 { place(unsafe old[index]) }
    unsafe old.deallocate()
  }
}
