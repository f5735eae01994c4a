// The commands of the string family, one file for each lead command.

enum StringCommands {
  static var all: [Command] {
    [GetCommand.command, SetCommand.command, LCSCommand.command] + AppendCommand.all + IncrCommand.all
      + GetRangeCommand.all + MGetCommand.all + GetSetCommand.all + SetExCommand.all + DelExCommand.all
      + [MSetExCommand.command]
  }
}
