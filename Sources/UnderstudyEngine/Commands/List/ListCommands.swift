// The commands of the list family, one file for each lead command.

enum ListCommands {
  static var all: [Command] {
    PushCommand.all + PopCommand.all + LRangeCommand.all + LSetCommand.all + [LPosCommand.command] + LMoveCommand.all
      + BLPopCommand.all + LMPopCommand.all
  }
}
