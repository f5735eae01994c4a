// CommandOutline: what rules of access know of a command: its name, its categories, its subcommands. Made once for each
// table of commands, from the declarations, and found by the command's identifier.
//
// This file may say `unsafe`. What keeps it safe: a table and its entries are never freed nor changed once it is made.

struct CommandOutline: Sendable {
  /// `config|get` for a subcommand.
  let name: [UInt8]
  let categories: ACLCategories
  let isSubcommand: Bool
  /// The identifiers of its subcommands.
  let subcommands: Range<Int>

  /// The outlines of all entries, by identifier. A container's subcommands follow it.
  static func all(of entries: [DispatchPointer]) -> [CommandOutline] {
    unsafe entries.map { entry in
      let identifier = unsafe Int(entry.pointee.identifier)
      let count = unsafe entry.pointee.subcommands?.pointee.entries.count ?? 0
      let name = unsafe Array(entry.pointee.name.utf8)
      return unsafe CommandOutline(
        name: name, categories: entry.pointee.declaration.pointee.allCategories,
        isSubcommand: name.contains(UInt8(ascii: "|")), subcommands: identifier + 1..<identifier + 1 + count)
    }
  }
}

extension CommandTable {
  /// The entry of a name, `config|get` included, whatever its case; nil if there is none.
  func find(name: Bytes) -> DispatchPointer? {
    let bar = name.firstIndex(of: UInt8(ascii: "|")) ?? name.count
    guard let entry = unsafe index.pointee.find(name.slice(0..<bar)) else { return nil }
    guard bar < name.count else { return unsafe entry }
    return unsafe entry.pointee.subcommands?.pointee.find(name.slice(bar + 1..<name.count))
  }

  /// The identifier of a name, as `find(name:)` takes it.
  func identifier(of name: Bytes) -> Int? {
    guard let entry = unsafe find(name: name) else { return nil }
    return unsafe Int(entry.pointee.identifier)
  }
}
