// The commands of the scripting family, one file for each lead command.

enum ScriptingCommands {
  static var all: [Command] {
    [
      EvalCommand.eval, EvalCommand.evalSHA, EvalCommand.evalReadOnly, EvalCommand.evalSHAReadOnly,
      ScriptCommand.command, FcallCommand.fcall, FcallCommand.fcallReadOnly, FunctionCommand.command,
    ]
  }
}
