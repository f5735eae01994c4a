// The commands of the set family, one file for each lead command.

enum SetCommands {
  static var all: [Command] {
    SAddCommand.all + SIsMemberCommand.all + [SMoveCommand.command] + SPopCommand.all + SInterCommand.all
      + SUnionCommand.all + [SScanCommand.command]
  }
}
