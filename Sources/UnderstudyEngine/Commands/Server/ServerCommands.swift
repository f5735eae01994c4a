// The commands of the server family, one file for each lead command.

enum ServerCommands {
  static var all: [Command] {
    [
      ACLCommand.command, CommandInfoCommand.command, ConfigCommand.command, DebugCommand.command, InfoCommand.command,
      LatencyCommand.command, LolwutCommand.command, MemoryCommand.command, ModuleCommand.command, MonitorCommand.command,
      ShutdownCommand.command, SlowLogCommand.command, TimeCommand.command,
    ] + FlushCommand.all + SaveCommand.all
  }
}
