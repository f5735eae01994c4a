// CommandTable: the declarations, compiled for dispatch. A flat array of small entries, found by the packed, upper-case
// name (three words and a length) with open addressing. Made once per emulated version and shared by every engine of
// the process; an engine keeps only a row of counters of its own, indexed by `DispatchEntry.identifier`. Where commands
// are renamed (`rename-command`), an engine has an index of its own over the same entries.
//
// This file may say `unsafe`. What keeps it safe: entries are never freed, and a table is not changed once it is made;
// the index of renamed commands goes with the table that the engine holds. Lookups are bounded by a capacity that is a
// power of two and never full.

internal import CUnderstudyPlatform
internal import Synchronization

/// What dispatch needs to know of a command, in one cache line or two.
@safe
package struct DispatchEntry {
  let handler: Command.Handler
  let flags: CommandFlags
  /// As in the declaration: negative means at least.
  let arity: Int32
  /// The position of the first key, 0 if none is at a fixed place.
  let firstKey: Int16
  /// This entry's place in the counters.
  let identifier: Int16
  /// The index of the subcommands, for a container.
  let subcommands: UnsafePointer<CommandIndex>?
  /// The declaration, for everything that is not dispatch.
  let declaration: UnsafePointer<Command>
  /// `config|get` for a subcommand, else the name.
  let fullName: UnsafePointer<String>

  @inline(__always)
  func accepts(argumentCount count: Int) -> Bool {
    arity >= 0 ? count == Int(arity) : count >= -Int(arity)
  }

  package var name: String { unsafe fullName.pointee }
  package var command: Command { unsafe declaration.pointee }
}

package typealias DispatchPointer = UnsafePointer<DispatchEntry>

/// A name of up to 24 bytes in three words, letters upper-cased, so that comparing is a few compares.
struct PackedName {
  var first: UInt64 = 0
  var second: UInt64 = 0
  var third: UInt64 = 0
  /// 0 for a name that is longer than any command's, or empty.
  var count: Int = 0

  init() {}

  @inline(__always)
  init(_ name: Bytes) {
    let count = name.count
    let pointer = unsafe name.pointer
    if count < 4 {
      guard count > 0 else { return }
      // The first, the middle and the last byte: all there are.
      let word = unsafe UInt64(pointer.load(as: UInt8.self))
        | UInt64(pointer.load(fromByteOffset: count &>> 1, as: UInt8.self)) &<< 8
        | UInt64(pointer.load(fromByteOffset: count &- 1, as: UInt8.self)) &<< 16
      first = PackedName.upper(word)
    } else if count <= 8 {
      let low = unsafe UInt64(pointer.loadUnaligned(as: UInt32.self))
      let high = unsafe UInt64(pointer.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
      first = PackedName.upper(low | high &<< 32)
    } else if count <= 24 {
      first = unsafe PackedName.upper(pointer.loadUnaligned(as: UInt64.self))
      second = unsafe PackedName.upper(pointer.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self))
      if count > 16 { third = unsafe PackedName.upper(pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)) }
    } else {
      return
    }
    self.count = count
  }

  @inline(__always)
  static func == (left: PackedName, right: PackedName) -> Bool {
    left.first == right.first && left.count == right.count && left.second == right.second && left.third == right.third
  }

  @inline(__always)
  static func != (left: PackedName, right: PackedName) -> Bool { !(left == right) }

  /// Upper-cases the ASCII letters among eight bytes.
  @inline(__always)
  private static func upper(_ word: UInt64) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let seven = word & (ones &* 0x7f)
    let fromA = seven &+ ones &* (0x80 - 0x61)  // high bit set where the byte is at least 'a'
    let aboveZ = seven &+ ones &* (0x80 - 0x7b)  // high bit set where the byte is above 'z'
    let letters = (fromA ^ aboveZ) & ~word & (ones &* 0x80)
    return word ^ (letters >> 2)
  }

  @inline(__always)
  var hash: Int {
    let mixed = (first ^ second ^ UInt64(truncatingIfNeeded: count)) &* 0xff51_afd7_ed55_8ccd
    return Int(truncatingIfNeeded: mixed &>> 40)
  }
}

/// An open-addressing index from packed names to entries.
@safe
package struct CommandIndex {
  /// Free while there is no entry.
  @safe private struct Slot {
    var name: PackedName
    var entry: DispatchPointer?
  }
  private let slots: UnsafeMutablePointer<Slot>
  private let mask: Int
  private(set) var entries: [DispatchPointer] = unsafe []
  /// Names that are too long to be packed, which only renamed commands have; in upper case.
  private var long: [[UInt8]: DispatchPointer] = unsafe [:]

  init(capacityFor count: Int) {
    var capacity = 4
    while capacity < count * 3 { capacity *= 2 }
    unsafe slots = .allocate(capacity: capacity)
    unsafe slots.initialize(repeating: Slot(name: PackedName(), entry: nil), count: capacity)
    mask = capacity - 1
  }

  mutating func insert(_ entry: DispatchPointer, name: String) {
    name.withBytes { bytes in
      let packed = PackedName(bytes)
      guard packed.count > 0 else {
        unsafe long[Self.upper(bytes)] = entry
        return
      }
      var position = packed.hash & mask
      while unsafe slots[position].entry != nil && slots[position].name != packed { position = (position + 1) & mask }
      unsafe slots[position] = Slot(name: packed, entry: entry)
    }
    unsafe entries.append(entry)
  }

  @inline(__always)
  func find(_ name: Bytes) -> DispatchPointer? {
    let packed = PackedName(name)
    var position = packed.hash & mask
    while true {
      let slot = unsafe slots + position
      guard let entry = unsafe slot.pointee.entry else { return unsafe long.isEmpty ? nil : long[Self.upper(name)] }
      if unsafe slot.pointee.name == packed { return unsafe entry }
      position = (position &+ 1) & mask
    }
  }

  private static func upper(_ name: Bytes) -> [UInt8] { name.copied().map { $0 >= 97 && $0 <= 122 ? $0 - 32 : $0 } }

  func deallocate() { unsafe slots.deallocate() }
}

/// All commands of one emulated version.
@safe
package final class CommandTable: Sendable {
  nonisolated(unsafe) let index: UnsafePointer<CommandIndex>
  /// Commands and subcommands, by identifier.
  nonisolated(unsafe) let all: [DispatchPointer]
  /// What rules of access know of each, by identifier.
  let outlines: [CommandOutline]
  package let version: Version
  private let isRenamed: Bool

  private init(_ declarations: [Command], version: Version) {
    let declarations = declarations.filter { $0.isKnown(in: version) }
    var all: [DispatchPointer] = unsafe []
    let index = UnsafeMutablePointer<CommandIndex>.allocate(capacity: 1)
    unsafe index.initialize(to: CommandIndex(capacityFor: declarations.count))
    for declaration in declarations {
      let entry = unsafe CommandTable.entry(for: declaration, parent: nil, version: version, all: &all)
      unsafe index.pointee.insert(entry, name: declaration.name)
    }
    unsafe self.index = UnsafePointer(index)
    unsafe self.all = all
    outlines = unsafe CommandOutline.all(of: all)
    self.version = version
    isRenamed = false
  }

  /// The same commands under other names.
  private init(_ table: CommandTable, _ renamings: CommandRenamings) {
    let entries = unsafe table.index.pointee.entries
    let index = UnsafeMutablePointer<CommandIndex>.allocate(capacity: 1)
    unsafe index.initialize(to: CommandIndex(capacityFor: entries.count))
    for unsafe entry in unsafe entries {
      for name in renamings.names(of: unsafe entry.pointee.name) { unsafe index.pointee.insert(entry, name: name) }
    }
    unsafe self.index = UnsafePointer(index)
    unsafe all = table.all
    outlines = table.outlines
    version = table.version
    isRenamed = true
  }

  deinit {
    guard isRenamed else { return }
    let index = unsafe UnsafeMutablePointer(mutating: index)
    unsafe index.pointee.deallocate()
    unsafe index.deinitialize(count: 1)
    unsafe index.deallocate()
  }

  private static func entry(
    for declaration: Command, parent: Command?, version: Version, all: inout [DispatchPointer]
  ) -> DispatchPointer {
    let entry = UnsafeMutablePointer<DispatchEntry>.allocate(capacity: 1)
    let identifier = unsafe Int16(truncatingIfNeeded: all.count)
    unsafe all.append(UnsafePointer(entry))
    var subcommands: UnsafePointer<CommandIndex>?
    let children = declaration.subcommands.filter { $0.isKnown(in: version) }
    if !children.isEmpty {
      let index = UnsafeMutablePointer<CommandIndex>.allocate(capacity: 1)
      unsafe index.initialize(to: CommandIndex(capacityFor: children.count))
      for child in children {
        let childEntry = unsafe CommandTable.entry(
          for: child, parent: declaration, version: version, all: &all)
        unsafe index.pointee.insert(childEntry, name: child.name)
      }
      unsafe subcommands = UnsafePointer(index)
    }
    let handler: Command.Handler
    if let own = declaration.handler { handler = own } else { handler = CommandTable.container }
    let stored = UnsafeMutablePointer<Command>.allocate(capacity: 1)
    unsafe stored.initialize(to: declaration)
    let name = UnsafeMutablePointer<String>.allocate(capacity: 1)
    let fullName = parent.map { "\($0.name)|\(declaration.name)" } ?? declaration.name
    unsafe name.initialize(to: fullName)
    var flags = declaration.flags(in: version)
    if Command.isConnectionState(fullName) { flags.insert(.connectionState) }
    unsafe entry.initialize(
      to: DispatchEntry(
        handler: handler, flags: flags,
        arity: Int32(declaration.arity(in: version)), firstKey: Int16(declaration.keyRange.first), identifier: identifier,
        subcommands: subcommands, declaration: UnsafePointer(stored), fullName: UnsafePointer(name)))
    return unsafe UnsafePointer(entry)
  }

  /// A container alone is never carried out: without its subcommand the arity check has refused it.
  private static func container(_ context: inout Context) throws(ReplyError) {
    throw .syntax
  }

  private static let made = Mutex<[Version: CommandTable]>([:])

  /// The table of a version, made at its first use.
  package static func table(for version: Version) -> CommandTable {
    made.withLock { tables in
      if let table = tables[version] { return table }
      let table = CommandTable(CommandManifest.all, version: version)
      tables[version] = table
      return table
    }
  }

  /// The table for what an engine is set to.
  static func table(for configuration: Configuration) -> CommandTable {
    let table = table(for: configuration.emulatedVersion)
    return configuration.renamings.isEmpty ? table : CommandTable(table, configuration.renamings)
  }

  /// Whether any version has a command of that name.
  package static func isCommand(_ name: String) -> Bool { CommandManifest.all.contains { $0.name == name } }

  /// What the control port understands.
  static let control = CommandTable(CommandManifest.control, version: "9999.0.0")

  /// Every declaration of this version, in the manifest's order.
  package var commands: [Command] { unsafe index.pointee.entries.map { unsafe $0.pointee.command } }
}

extension Command {
  /// First key, last key and step, in the legacy form: of the specs that a fixed range describes.
  var keyRange: (first: Int, last: Int, step: Int) {
    var first = 0
    var last = 0
    var step = 0
    for spec in keys {
      guard case .index(let index) = spec.begin, case .range(let end, let every, _) = spec.find else { continue }
      let absolute = end >= 0 ? index + end : end
      if first == 0 {
        (first, last, step) = (index, absolute, every)
      } else if index == last + 1 || last < 0 || absolute < 0 {
        first = min(first, index)
        last = absolute < 0 ? absolute : max(last, absolute)
      }
    }
    return (first, last, step)
  }
}
