// FunctionTable: the libraries of functions of one engine, and their functions by name.
//
// Functions run in a Lua engine of their own, made at the first library, so that scripts and functions share nothing,
// and SCRIPT FLUSH and FUNCTION FLUSH each start one of them afresh. Names of functions are told apart without their
// case, those of libraries with it. A change is made whole or not at all: libraries are loaded first
// (`FunctionTable.load`), looked at, and then taken in (`replaceAll`, `insert`) or given back (`unload`).
//
// This file may say `unsafe`. What keeps it safe: libraries belong to the Lua engine that loaded them and are given back
// to it before it is destroyed; a function's handle is good as long as its library is here.

internal import CUnderstudyLua

/// A function that can be called.
@safe
struct LibraryFunction {
  let handle: OpaquePointer
  let flags: ScriptFlags

  /// Lends the name.
  var name: Bytes { unsafe Bytes(slice: understudy_lua_function_name(handle)) }

  /// What the function says of itself; nil if nothing.
  var description: Bytes? {
    let description = unsafe understudy_lua_function_description(handle)
    return unsafe description.bytes == nil ? nil : Bytes(slice: description)
  }
}

@safe
struct FunctionLibrary {
  let handle: OpaquePointer
  let name: [UInt8]
  /// With its first line.
  let code: [UInt8]
  /// In the order of their registration.
  let functions: [LibraryFunction]

  fileprivate init(handle: OpaquePointer, name: [UInt8], code: [UInt8]) {
    unsafe self.handle = handle
    self.name = name
    self.code = code
    let count = unsafe understudy_lua_function_count(handle)
    functions = (0..<count).compactMap { index in
      unsafe understudy_lua_function(handle, index).map { function in
        unsafe LibraryFunction(
          handle: function, flags: ScriptFlags(ofFunction: understudy_lua_function_flags(function)))
      }
    }
  }

  /// What INFO counts for it.
  var bytes: Int {
    functions.reduce(name.count + code.count + MemoryLayout<Self>.size) {
      $0 + $1.name.count + ($1.description?.count ?? 0) + MemoryLayout<LibraryFunction>.size
    }
  }
}

@safe
struct FunctionTable: ~Copyable {
  /// Nil until the first library is loaded.
  private(set) var lua: OpaquePointer?
  /// By name.
  private(set) var libraries: [FunctionLibrary] = []
  private var functions: [LibraryFunction] = []
  private var byName = HashIndex()
  private var longestName = 0
  private let seed: HashSeed

  init(seed: HashSeed) { self.seed = seed }

  deinit { unsafe destroy(libraries, lua) }

  var functionCount: Int { functions.count }
  /// What lives in Lua's memory.
  var luaMemory: Int {
    guard let lua = unsafe lua else { return 0 }
    unsafe understudy_lua_tidy(lua)
    return unsafe understudy_lua_used_memory(lua)
  }

  /// Finds a function, whatever the case of its name.
  @inline(__always)
  func find(_ name: Bytes) -> LibraryFunction? {
    if name.count > longestName { return nil }
    return Self.withHash(of: name, seed) { hash in
      byName.find(hash) { functions[$0].name.equalsIgnoringCase(name) }.map { functions[$0] }
    }
  }

  func library(_ name: [UInt8]) -> FunctionLibrary? { libraries.first { $0.name == name } }

  private static func withHash<Result>(of name: Bytes, _ seed: HashSeed, _ body: (UInt64) -> Result) -> Result {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(name.count, 1)) { folded in
      for index in 0..<name.count {
        let byte = name[index]
        unsafe folded[index] = byte &- 65 < 26 ? byte | 0x20 : byte
      }
      guard let base = folded.baseAddress else { return body(0) }
      return unsafe body(KeyHash.hash(Bytes(UnsafeRawPointer(base), count: name.count), seed: seed))
    }
  }

  // MARK: Changes

  /// The engine, made now if need be; nil only if there is no memory for it.
  mutating func ensureLua(_ make: () -> OpaquePointer?) -> OpaquePointer? {
    if unsafe lua == nil { unsafe lua = make() }
    return unsafe lua
  }

  /// Loads a library without taking it in.
  static func load(
    _ code: Bytes, _ metadata: LibraryMetadata, on lua: OpaquePointer
  ) throws(ScriptError) -> FunctionLibrary {
    let body = code.slice(metadata.count..<code.count)
    var error = unsafe understudy_lua_slice()
    let slice = unsafe understudy_lua_slice(
      bytes: body.pointer.assumingMemoryBound(to: UInt8.self), count: body.count)
    guard let handle = unsafe understudy_lua_load(lua, slice, &error) else {
      throw unsafe ScriptError(reply: Bytes(slice: error))
    }
    return unsafe FunctionLibrary(handle: handle, name: metadata.name, code: code.copied())
  }

  func unload(_ libraries: some Sequence<FunctionLibrary>) {
    guard let lua = unsafe lua else { return }
    for library in libraries { unsafe understudy_lua_unload(lua, library.handle) }
  }

  /// Takes libraries in, in place of those of the same names.
  mutating func insert(_ added: [FunctionLibrary]) {
    let names = Set(added.map(\.name))
    unload(libraries.filter { names.contains($0.name) })
    become(libraries.filter { !names.contains($0.name) } + added)
  }

  /// Has these libraries and no others.
  mutating func replaceAll(by replacements: [FunctionLibrary]) {
    unload(libraries)
    become(replacements)
  }

  mutating func remove(_ name: [UInt8]) {
    unload(libraries.filter { $0.name == name })
    become(libraries.filter { $0.name != name })
  }

  /// Forgets everything, what Lua holds included.
  mutating func removeAll() {
    unsafe destroy(libraries, lua)
    unsafe lua = nil
    become([])
  }

  private mutating func become(_ libraries: [FunctionLibrary]) {
    self.libraries = libraries.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    functions = self.libraries.flatMap(\.functions)
    byName = HashIndex()
    longestName = 0
    for (position, function) in functions.enumerated() {
      longestName = max(longestName, function.name.count)
      Self.withHash(of: function.name, seed) { byName.insert($0, position) }
    }
  }
}

private func destroy(_ libraries: [FunctionLibrary], _ lua: OpaquePointer?) {
  guard let lua = unsafe lua else { return }
  for library in libraries { unsafe understudy_lua_unload(lua, library.handle) }
  unsafe understudy_lua_destroy(lua)
}

extension ScriptFlags {
  /// As a function has been registered with them: it always declares what it does.
  fileprivate init(ofFunction bits: UInt32) {
    self = ScriptFlags(rawValue: UInt8(truncatingIfNeeded: bits)).union(.declared)
  }
}

extension Bytes {
  /// Whether a library or a function may be called so.
  var isLibraryName: Bool {
    unsafe understudy_lua_is_name(
      understudy_lua_slice(bytes: pointer.assumingMemoryBound(to: UInt8.self), count: count))
  }
}
