// The commands of the server family, one file for each lead command.

enum ServerCommands {
  static var all: [Command] {
    [CommandInfoCommand.command, ConfigCommand.command, TimeCommand.command] + FlushCommand.all + SaveCommand.all
  }
}
