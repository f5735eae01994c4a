// FCALL, and its form that may not write. What runs is in `Scripting/`.

enum FcallCommand {
  static let fcall = command(
    "fcall", "Calls a function of a library.", isReadOnly: false
  ) { (context: inout Context) throws(ReplyError) in try context.callFunction(isReadOnly: false) }

  static let fcallReadOnly = command(
    "fcall_ro", "Calls a function of a library that may not write.", isReadOnly: true
  ) { (context: inout Context) throws(ReplyError) in try context.callFunction(isReadOnly: true) }

  private static func command(
    _ name: String, _ summary: String, isReadOnly: Bool, handler: @escaping Command.Handler
  ) -> Command {
    Command(
      name, .scripting, since: "7.0.0", summary, complexity: "Depends on the function that is executed.", arity: -3,
      flags: ScriptCall.flags(isReadOnly: isReadOnly),
      keys: ScriptCall.keys(isReadOnly: isReadOnly, notes: ScriptCall.notes(isReadOnly: isReadOnly)),
      arguments: ScriptCall.arguments("function"), handler: handler)
  }
}
