// EVAL and EVALSHA, and their forms that may not write. What runs is in `Scripting/`.

enum EvalCommand {
  static let eval = command(
    "eval", since: "2.6.0", "Runs a Lua script on the server.", script: "script",
    notes: "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
  ) { (context: inout Context) throws(ReplyError) in try context.evaluate(bySHA: false, isReadOnly: false) }

  static let evalSHA = command(
    "evalsha", since: "2.6.0", "Runs a cached Lua script, named by its SHA1.", script: "sha1"
  ) { (context: inout Context) throws(ReplyError) in try context.evaluate(bySHA: true, isReadOnly: false) }

  static let evalReadOnly = command(
    "eval_ro", since: "7.0.0", "Runs a Lua script that may not write.", script: "script",
    notes: "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS", isReadOnly: true
  ) { (context: inout Context) throws(ReplyError) in try context.evaluate(bySHA: false, isReadOnly: true) }

  static let evalSHAReadOnly = command(
    "evalsha_ro", since: "7.0.0", "Runs a cached Lua script that may not write.", script: "sha1",
    isReadOnly: true
  ) { (context: inout Context) throws(ReplyError) in try context.evaluate(bySHA: true, isReadOnly: true) }

  private static func command(
    _ name: String, since: Version, _ summary: String, script: String, notes: String? = nil,
    isReadOnly: Bool = false, handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .scripting, since: since, summary, complexity: "Depends on the script that is executed.",
      arity: -3,
      flags: [
        .noScript, .stale, .skipMonitor, .noMandatoryKeys, .movableKeys, isReadOnly ? .readOnly : .mayReplicate,
      ],
      keys: [
        KeySpec(
          isReadOnly ? [.readOnly, .access] : [.readWrite, .access, .update], .index(2),
          .count(at: 0, first: 1, step: 1), notes: notes)
      ],
      arguments: [
        .string(script), .integer("numkeys"), .key().optional.multiple, .string("arg").optional.multiple,
      ],
      handler: handler)
  }
}

extension Context {
  fileprivate mutating func evaluate(bySHA: Bool, isReadOnly: Bool) throws(ReplyError) {
    // What cannot be a digest is not looked for, whatever stands behind it.
    if bySHA && arguments[1].count != 40 { throw .noScript }
    let keyCount = try arguments.integer(2)
    guard keyCount <= Int64(arguments.count - 3) else {
      throw ReplyError("ERR Number of keys can't be greater than number of args")
    }
    guard keyCount >= 0 else { throw ReplyError("ERR Number of keys can't be negative") }
    try evaluate(keyCount: Int(keyCount), bySHA: bySHA, isReadOnly: isReadOnly)
  }
}
