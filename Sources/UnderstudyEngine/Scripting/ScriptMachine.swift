// ScriptMachine: one engine's Lua, its cache of scripts, its functions, and the script that runs or is suspended.
//
// A script's calls are those of a session of its own, which belongs to no connection: it starts in the
// caller's database, selects on its own, and never blocks. The slices of a suspended script are in
// `Dispatcher+ScriptSlices`, the calls it makes in `Dispatcher+ScriptCalls`.
//
// This file may say `unsafe`. What keeps it safe: the Lua engine gets the address of the engine's state as
// its context, and is destroyed before that state; everything here happens under the engine's lock.

internal import CUnderstudyLua

/// The script that runs, from its start to its reply.
@safe
struct RunningScript {
  /// Whose script it is. The client may be gone by the time it ends.
  var caller: UInt64 = 0
  /// The engine that runs it.
  var lua: OpaquePointer?
  /// The function, if it is one of a library.
  var function: OpaquePointer?
  var isReadOnly = false
  /// There was no memory to be had when it began, and it has not declared that it may use some all the same: its first
  /// write is refused. Later ones are not: what has begun goes to its end.
  var lacksMemory = false
  /// It has called a command that writes: SCRIPT KILL is refused from then on.
  var hasWritten = false
  var isSuspended = false
  /// It is the code of a library: it is not suspended, but ended when it takes too long.
  var isLoading = false
  /// SCRIPT KILL was accepted; the script ends instead of running its next slice.
  var isKilled = false
  /// Script clock, microseconds; -1 until the clock was first read, which tiny scripts never do.
  var startedAt: Int64 = -1
  var sliceEndsAt: Int64 = 0
  /// Real time, microseconds: then it is ended, whatever it has done (`lua-deadline`).
  var deadline = Int64.max
  /// Its keys are looked at (`lua-undeclared-keys`, or the lab).
  var checksKeys = false
  /// Its SHA1, or the function's name; only where its keys are looked at.
  var name = ""
  /// The data time that the whole script sees, in microseconds.
  var now: Int64 = 0

  var isFunction: Bool { unsafe function != nil }
  var functionName: Bytes? { unsafe function.map { unsafe Bytes(slice: understudy_lua_function_name($0)) } }
}

@safe
struct ScriptMachine: ~Copyable {
  /// How long a script runs before others get their turn, in microseconds of the script clock, and how long
  /// each time after that.
  static let firstSlice: Int64 = 10_000
  static let nextSlice: Int64 = 5_000
  /// A slice ends after so many instructions even if the clock stands still.
  static let sliceInstructions: UInt64 = 10_000_000

  /// How long the code of a library may run while it is loaded.
  static let loadTime: Int64 = 500_000

  /// The engine of scripts; functions have one of their own.
  private(set) var lua: OpaquePointer
  var functions: FunctionTable
  private let state: UnsafeMutablePointer<EngineState>
  var cache = ScriptCache()
  var running = RunningScript()
  /// The call that started the suspended script.
  var suspendedCommand: [[UInt8]] = []
  /// The command that this is, and when it began if that is measured (-1 if not); cost source, microseconds.
  var suspendedEntry: DispatchPointer?
  var suspendedSince: Int64 = -1
  /// The keys that the running script was given, if it is held to them.
  var declaredKeys: Set<[UInt8]> = []
  /// What the running script did with keys, if it is held to them or looked at.
  var keyUse = ScriptKeyUse()
  /// The session of the scripts' calls.
  let session: SessionPointer
  /// The reply to the call being made.
  let output: UnsafeMutablePointer<ReplyBuffer>
  /// The same in one piece, if it refers to large values.
  var joined = ReplyBuffer()
  var spans = SpanArena(capacity: 64, isCounted: false)
  private var slices: UnsafeMutablePointer<understudy_lua_slice>
  private var sliceCapacity = 64

  init?(_ state: UnsafeMutablePointer<EngineState>) {
    guard let lua = unsafe Self.makeLua(state) else { return nil }
    unsafe self.lua = lua
    functions = unsafe FunctionTable(seed: state.pointee.hashSeed)
    unsafe self.state = state
    unsafe session = .allocate(capacity: 1)
    unsafe session.initialize(to: Session(identifier: .max, now: state.pointee.waitNow))
    unsafe session.pointee.flags = [.script, .denyBlocking]
    unsafe output = .allocate(capacity: 1)
    unsafe output.initialize(to: ReplyBuffer(capacity: 1024))
    unsafe slices = .allocate(capacity: sliceCapacity)
  }

  deinit {
    let lua = unsafe self.lua
    cache.forEach { unsafe understudy_lua_forget(lua, $0.handle) }
    unsafe understudy_lua_destroy(lua)
    unsafe session.pointee.discard()
    unsafe session.deinitialize(count: 1)
    unsafe session.deallocate()
    unsafe output.deinitialize(count: 1)
    unsafe output.deallocate()
    unsafe slices.deallocate()
  }

  static func makeLua(
    _ state: UnsafeMutablePointer<EngineState>, forFunctions: Bool = false
  ) -> OpaquePointer? {
    let configuration = unsafe state.pointee.configuration
    let version = configuration.emulatedVersion.released
    var config = unsafe understudy_lua_config()
    unsafe config.host = scriptHost(context: UnsafeMutableRawPointer(state))
    unsafe config.memory_limit_bytes = max(0, configuration.luaMemoryLimit)
    unsafe config.strict = configuration.isLuaStrict
    unsafe config.functions = forFunctions
    unsafe config.seed = state.pointee.random.next()
    unsafe config.version = UInt32(
      truncatingIfNeeded: version.major << 16 | version.minor << 8 | version.patch)
    unsafe config.valkey_version = UInt32(truncatingIfNeeded: version.valkeyNumber)
    unsafe config.slice_instructions = sliceInstructions
    return unsafe understudy_lua_create(&config)
  }

  /// What lives in Lua's memory.
  var usedMemory: Int {
    unsafe understudy_lua_tidy(lua)
    return unsafe understudy_lua_used_memory(lua)
  }

  /// Forgets every script and starts with a fresh Lua state (SCRIPT FLUSH). No script may be suspended.
  mutating func flush() {
    guard let fresh = unsafe Self.makeLua(state) else { return }
    let old = unsafe lua
    cache.forEach { unsafe understudy_lua_forget(old, $0.handle) }
    cache = ScriptCache()
    unsafe understudy_lua_destroy(old)
    unsafe lua = fresh
  }

  // MARK: Scripts

  /// The script of a body, compiled now if it is new; otherwise the text of the error.
  mutating func script(body: Bytes) -> Result<CachedScript, ScriptError> {
    let hash = unsafe KeyHash.hash(body, seed: state.pointee.hashSeed)
    if let known = cache.find(body: body, hash: hash) { return .success(known) }
    return compile(body, hash: hash)
  }

  /// The script of a SHA1, given as 40 hexadecimal digits of any case.
  func script(sha: Bytes) -> CachedScript? {
    guard sha.count == 40 else { return nil }
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { digits in
      for index in 0..<40 {
        let byte = sha[index]
        unsafe digits[index] = byte >= 65 && byte <= 90 ? byte | 0x20 : byte
      }
      guard let base = digits.baseAddress else { return nil }
      let name = unsafe Bytes(base, count: 40)
      return unsafe cache.find(sha: name, hash: KeyHash.hash(name, seed: state.pointee.hashSeed))
    }
  }

  @inline(never)
  private mutating func compile(_ body: Bytes, hash: UInt64) -> Result<CachedScript, ScriptError> {
    let preamble: ScriptPreamble
    switch ScriptPreamble.read(body) {
    case .success(let read): preamble = read
    case .failure(let error): return .failure(error)
    }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 41) { digits in
      guard let sha = digits.baseAddress else { return .failure(ScriptError("ERR out of memory")) }
      unsafe understudy_sha1_hex(slice(body), sha)
      let name = unsafe Bytes(UnsafeRawPointer(sha), count: 40)
      let shaHash = unsafe KeyHash.hash(name, seed: state.pointee.hashSeed)
      var error = unsafe understudy_lua_slice()
      let code = body.slice(preamble.count..<body.count)
      guard let handle = unsafe understudy_lua_compile(lua, slice(code), sha, &error) else {
        return unsafe .failure(ScriptError(reply: Bytes(slice: error)))
      }
      let script = unsafe CachedScript(
        handle: handle, flags: preamble.flags, preamble: body.slice(0..<preamble.count).copied())
      cache.insert(script, bodyHash: hash, shaHash: shaHash)
      return .success(script)
    }
  }

  /// The arguments of a call from `first` on, as the bridge takes them; good until the next call of this.
  mutating func slices(of arguments: Arguments, from first: Int) -> UnsafeMutablePointer<understudy_lua_slice>
  {
    let count = arguments.count - first
    if count > sliceCapacity {
      unsafe slices.deallocate()
      sliceCapacity = count * 2
      unsafe slices = .allocate(capacity: sliceCapacity)
    }
    for index in 0..<count { unsafe slices[index] = slice(arguments[first + index]) }
    return unsafe slices
  }

  func slice(_ bytes: Bytes) -> understudy_lua_slice {
    unsafe understudy_lua_slice(bytes: bytes.pointer.assumingMemoryBound(to: UInt8.self), count: bytes.count)
  }
}

extension Bytes {
  /// The bytes that the bridge lends.
  init(slice: understudy_lua_slice) {
    if let start = unsafe slice.bytes {
      unsafe self.init(UnsafeRawPointer(start), count: slice.count)
    } else {
      self.init("")
    }
  }
}
