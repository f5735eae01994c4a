// The keys of a call: what COMMAND GETKEYS answers, and what ACL rules, cluster slots and scripts check by.
//
// They come from the key specs. A command whose specs cannot say it all (STORE anywhere among the options of SORT; an
// access that depends on an option) declares a `keyFinder`, which is then asked instead.
//
// This file may say `unsafe`. What keeps it safe: the part of a call's arguments is a window on the same spans, within
// their bounds.

/// A key in a call, and what the call does with it.
struct LocatedKey {
  let position: Int
  let access: KeySpec.Access
}

/// Finds the keys of a call that key specs cannot describe.
package struct KeyFinder: Sendable {
  let find: @Sendable (Arguments) -> [LocatedKey]

  init(_ find: @escaping @Sendable (Arguments) -> [LocatedKey]) { self.find = find }
}

extension Arguments {
  /// The arguments from `count` on, as a call of their own.
  func dropFirst(_ dropped: Int) -> Arguments {
    let dropped = min(max(dropped, 0), count)
    return unsafe Arguments(base: base, spans: spans + dropped, count: count - dropped)
  }
}

extension Command {
  /// Whether a call can have keys at all. A channel is none.
  var hasKeys: Bool { keyFinder != nil || keys.contains { !$0.access.contains(.notKey) } }

  /// Whether a call whose keys and their counterparts are two rows (XREAD) has as many of the one as of the other.
  /// COMMAND GETKEYS and ACL rules do not ask; client-side caching does.
  func isBalanced(_ arguments: Arguments) -> Bool {
    keys.allSatisfy { spec in
      guard case .range(_, _, let limit) = spec.find, limit > 1 else { return true }
      guard let first = spec.positions(count: arguments.count, argument: { arguments[$0] })?.first else { return true }
      return (arguments.count - first) % limit == 0
    }
  }

  /// The keys of a call whose arity has been checked; empty if it has none, or if they cannot be told.
  func locateKeys(_ arguments: Arguments) -> [LocatedKey] {
    if let keyFinder { return keyFinder.find(arguments) }
    var result: [LocatedKey] = []
    for spec in keys where !spec.access.contains(.notKey) {
      guard let positions = spec.positions(count: arguments.count, argument: { arguments[$0] }) else { return [] }
      result += positions.map { LocatedKey(position: $0, access: spec.access) }
    }
    return result
  }
}

extension Context {
  /// The commands that this client knows.
  var commandTable: CommandTable { session.flags.contains(.control) ? .control : engine.table }

  /// The declaration behind a call; nil if there is no such command or subcommand.
  func lookUp(_ call: Arguments) -> Command? {
    guard call.count > 0 else { return nil }
    return unsafe Dispatcher(state: state).find(call, in: commandTable.index)?.pointee.command
  }

  /// The declaration of a name as COMMAND takes it, `config|get` included, and the name in full.
  func lookUp(name: Bytes) -> (command: Command, name: String)? {
    unsafe commandTable.find(name: name).map { unsafe ($0.pointee.command, $0.pointee.name) }
  }
}

/// The finders of the commands that need one.
extension KeyFinder {
  /// SET: a plain overwrite, or with GET a read as well.
  static let set = KeyFinder { arguments in
    guard arguments.count > 1 else { return [] }
    for index in 3..<max(arguments.count, 3) where arguments[index].matches("GET") {
      return [LocatedKey(position: 1, access: [.readWrite, .access, .update])]
    }
    return [LocatedKey(position: 1, access: [.overwrite, .update])]
  }

  /// BITFIELD: a read unless one of its operations writes.
  static let bitField = KeyFinder { arguments in
    guard arguments.count > 1 else { return [] }
    var index = 2
    while index < arguments.count {
      if arguments[index].matches("SET") || arguments[index].matches("INCRBY") {
        return [LocatedKey(position: 1, access: [.readWrite, .access, .update])]
      }
      index += 1
    }
    return [LocatedKey(position: 1, access: [.readOnly, .access])]
  }

  /// SORT_RO: its source.
  static let sortReadOnly = KeyFinder { arguments in
    arguments.count > 1 ? [LocatedKey(position: 1, access: [.readOnly, .access])] : []
  }

  /// SORT: its source, and what stands behind the last STORE.
  static let sort = KeyFinder { arguments in
    guard arguments.count > 1 else { return [] }
    var result = [LocatedKey(position: 1, access: [.readOnly, .access])]
    var destination: Int?
    var index = 2
    while index < arguments.count {
      if arguments[index].matches("LIMIT") {
        index += 2
      } else if arguments[index].matches("GET") || arguments[index].matches("BY") {
        index += 1
      } else if arguments[index].matches("STORE"), index + 1 < arguments.count {
        destination = index + 1
        index += 1
      }
      index += 1
    }
    if let destination { result.append(LocatedKey(position: destination, access: [.overwrite, .update])) }
    return result
  }
}
