// The commands of the string family, one file for each lead command.

enum StringCommands {
  static var all: [Command] { [GetCommand.command, SetCommand.command] }
}
