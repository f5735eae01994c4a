// CommandEvent: a command that has run, as the rules see it. It borrows the request and the reply, and lives for the call
// of the rules only.

struct CommandEvent {
  let record: ConnectionRecord
  let track: ConnectionTrack
  let command: CommandRecord
  let declaration: Command?
  let arguments: Arguments
  let reply: Bytes
  /// The command has dirtied a key that its own connection watches, which was clean before.
  let hasDirtiedOwnWatch: Bool

  var name: String { command.name }
  var ordinal: Int64 { command.ordinal }
  var isError: Bool { command.reply == .error }
  var isWrite: Bool { declaration?.flags.contains(.write) == true }
  /// By itself: neither inside EXEC nor in a script, nor queued.
  var isDirect: Bool { command.place == .direct }

  /// `GETSET on stock (#43)`: how messages name a command.
  var named: String { "\(name.uppercased()) (#\(ordinal))" }

  /// The keys of the request; none if it was not understood.
  var keys: [Bytes] {
    guard let declaration, arguments.count > 0, !isError || command.place == .queued else { return [] }
    return declaration.locateKeys(arguments).compactMap { $0.position < arguments.count ? arguments[$0.position] : nil }
  }

  /// The reply, if it is an integer.
  var integer: Int64? {
    guard reply.count > 3, reply[0] == UInt8(ascii: ":") else { return nil }
    return NumberText.parseInt64(reply.slice(1..<reply.count - 2))
  }

  /// How many elements the reply says it has, if it is an aggregate.
  var elementCount: Int64? {
    guard reply.count > 3, [.array, .map, .set].contains(command.reply),
      let end = reply.firstIndex(of: 13), let count = NumberText.parseInt64(reply.slice(1..<end))
    else { return nil }
    return command.reply == .map ? count * 2 : count
  }

  /// Whether an option stands anywhere behind the first `from` arguments.
  func has(_ option: StaticString, from index: Int) -> Bool {
    guard arguments.count > index else { return false }
    return (index..<arguments.count).contains { arguments[$0].matches(option) }
  }

  /// What the request is, whatever its connection.
  var fingerprint: UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<arguments.count {
      let argument = arguments[index]
      for position in 0..<argument.count {
        // The command's name means the same in any case.
        let byte = argument[position]
        hash = (hash ^ UInt64(index == 0 && byte &- 65 < 26 ? byte | 0x20 : byte)) &* 0x100_0000_01b3
      }
      hash = (hash ^ 0x1ff) &* 0x100_0000_01b3
    }
    return hash
  }
}
