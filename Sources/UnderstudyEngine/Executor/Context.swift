// Context: what a handler works with. It reads arguments and keys from it, changes the keyspace through it, and writes
// its one reply to it. Handlers are plain safe Swift over these few words; the pointers stay in this file.
//
// This file may say `unsafe`. What keeps it safe: a context lives for one command, on the stack of the dispatcher,
// which holds the engine's lock; state and session outlive it.

/// A key argument with its hash.
package struct Key {
  package let bytes: Bytes
  let hash: UInt64
}

/// What became of a command, beyond its reply.
enum CommandOutcome: UInt8 {
  case replied
  /// The client waits (`Context.block`); no reply was written.
  case blocked
  /// The command goes on later (a script over its slice); no reply was written.
  case suspended
}

@safe
package struct Context: ~Copyable {
  let state: UnsafeMutablePointer<EngineState>
  let sessionPointer: SessionPointer
  let entry: DispatchPointer
  package let arguments: Arguments
  let output: UnsafeMutablePointer<ReplyBuffer>
  /// The hash of the first key, if the window has computed it; 0 if not.
  let firstKeyHash: UInt64
  /// Whether this is a blocked command's next try: it must reply or stay as it was.
  let isRetry: Bool
  var outcome = CommandOutcome.replied

  @inline(__always)
  init(
    state: UnsafeMutablePointer<EngineState>, session: SessionPointer, entry: DispatchPointer,
    arguments: Arguments, output: UnsafeMutablePointer<ReplyBuffer>, firstKeyHash: UInt64 = 0, isRetry: Bool = false
  ) {
    unsafe self.state = state
    unsafe sessionPointer = session
    unsafe self.entry = entry
    self.arguments = arguments
    unsafe self.output = output
    self.firstKeyHash = firstKeyHash
    self.isRetry = isRetry
  }

  /// The writer of the reply, in the client's protocol.
  @inline(__always)
  package var reply: Reply {
    unsafe Reply(
      output, version: sessionPointer.pointee.protocolVersion, doubleStyle: state.pointee.doubleStyle)
  }

  /// The whole engine.
  @inline(__always)
  var engine: EngineState {
    @_transparent unsafeAddress { unsafe UnsafePointer(state) }
    @_transparent nonmutating unsafeMutableAddress { unsafe state }
  }

  /// The client whose command runs.
  @inline(__always)
  var session: Session {
    @_transparent unsafeAddress { unsafe UnsafePointer(sessionPointer) }
    @_transparent nonmutating unsafeMutableAddress { unsafe sessionPointer }
  }

  /// The client's selected database.
  @inline(__always)
  var database: Database {
    @_transparent unsafeAddress {
      unsafe UnsafePointer(state.pointee.databases + Int(sessionPointer.pointee.database))
    }
    @_transparent nonmutating unsafeMutableAddress {
      unsafe state.pointee.databases + Int(sessionPointer.pointee.database)
    }
  }

  /// Data time in milliseconds, the same for the whole command.
  @inline(__always)
  var now: Int64 { unsafe state.pointee.now }

  /// The name under which errors speak of the command: `config|get` for a subcommand.
  var commandName: String { unsafe entry.pointee.name }

  /// The key at `index`.
  @inline(__always)
  func key(_ index: Int) -> Key {
    let bytes = arguments[index]
    if unsafe firstKeyHash != 0 && index == Int(entry.pointee.firstKey) {
      return Key(bytes: bytes, hash: firstKeyHash)
    }
    return key(bytes)
  }

  /// Any bytes as a key.
  @inline(__always)
  func key(_ bytes: Bytes) -> Key {
    unsafe Key(bytes: bytes, hash: KeyHash.hash(bytes, seed: state.pointee.hashSeed))
  }

  /// Whether the command may wait: not inside EXEC, not inside a script, not for an embedded call.
  var mayBlock: Bool { session.flags.isDisjoint(with: [.denyBlocking, .script, .embedded]) }

  /// Whether replies of this batch stand before this command's own: it is pipelined, or inside a transaction.
  var followsOtherReplies: Bool { unsafe !output.pointee.isEmpty }

  /// An error whose text is made of parts. It is the command's reply: return behind it.
  func fail(_ text: String) { reply.error(text) }

  /// An error that quotes an argument, as printf does: what stands behind a zero byte is not shown.
  func fail(_ before: String, quoting argument: Bytes, _ after: String = "'") {
    reply.error(bytes: Array(before.utf8) + argument.upToZero.copied() + Array(after.utf8))
  }

  /// The error for a wrong number of arguments that only the handler can know.
  func failArity() { reply.error("ERR wrong number of arguments for '\(commandName)' command") }

  /// The error for a time of expiry that is out of range.
  func failExpireTime() { reply.error("ERR invalid expire time in '\(commandName)' command") }

  /// The error for arguments that fit no form of a subcommand.
  func failSubcommandSyntax() {
    let container = commandName.prefix { $0 != "|" }.uppercased()
    reply.error(
      bytes: Array("ERR unknown subcommand or wrong number of arguments for '".utf8) + arguments[1].cText(128)
        + Array("'. Try \(container) HELP.".utf8))
  }
}
