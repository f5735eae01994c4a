// EVAL and EVALSHA, and their forms that may not write. What runs is in `Scripting/`.

/// What EVAL and FCALL declare alike.
enum ScriptCall {
  static let complexity = "Depends on the script that is executed."

  static func flags(isReadOnly: Bool) -> CommandFlags {
    [.noScript, .stale, .skipMonitor, .noMandatoryKeys, .movableKeys, isReadOnly ? .readOnly : .mayReplicate]
  }

  static func keys(isReadOnly: Bool, notes: String? = nil) -> [KeySpec] {
    [
      KeySpec(
        isReadOnly ? [.readOnly, .access] : [.readWrite, .access, .update], .index(2),
        .count(at: 0, first: 1, step: 1), notes: notes)
    ]
  }

  static func notes(isReadOnly: Bool) -> String {
    "What becomes of the keys is not known, so the worst is assumed: \(isReadOnly ? "RO and ACCESS" : "RW and UPDATE")"
  }

  /// The arguments, what is run named by the first one.
  static func arguments(_ name: String) -> [Argument] {
    [.string(name), .integer("numkeys"), .key().optional.multiple, .string("arg").optional.multiple]
  }
}

enum EvalCommand {
  static let eval = command(
    "eval", since: "2.6.0", "Runs a Lua script on the server.", script: "script",
    notes: ScriptCall.notes(isReadOnly: false)
  ) { (context: inout Context) throws(ReplyError) in try context.evaluate(bySHA: false, isReadOnly: false) }

  static let evalSHA = command(
    "evalsha", since: "2.6.0", "Runs a cached Lua script, named by its SHA1.", script: "sha1"
  ) { (context: inout Context) throws(ReplyError) in try context.evaluate(bySHA: true, isReadOnly: false) }

  static let evalReadOnly = command(
    "eval_ro", since: "7.0.0", "Runs a Lua script that may not write.", script: "script",
    notes: ScriptCall.notes(isReadOnly: true), isReadOnly: true
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
      name, .scripting, since: since, summary, complexity: ScriptCall.complexity, arity: -3,
      flags: ScriptCall.flags(isReadOnly: isReadOnly), keys: ScriptCall.keys(isReadOnly: isReadOnly, notes: notes),
      arguments: ScriptCall.arguments(script), handler: handler)
  }
}

extension Context {
  fileprivate mutating func evaluate(bySHA: Bool, isReadOnly: Bool) throws(ReplyError) {
    // What cannot be a digest is not looked for, whatever stands behind it.
    if bySHA && arguments[1].count != 40 { throw .noScript }
    let keyCount = try arguments.integer(2)
    try checkKeyCount(keyCount)
    try evaluate(keyCount: Int(keyCount), bySHA: bySHA, isReadOnly: isReadOnly)
  }
}
