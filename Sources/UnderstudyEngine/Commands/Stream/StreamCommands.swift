// The commands of the stream family, one file for each lead command.

enum StreamCommands {
  static var all: [Command] {
    XAddCommand.all + XRangeCommand.all + XDelCommand.all + XReadCommand.all + [XInfoCommand.command]
      + [XGroupCommand.command] + XReadGroupCommand.all + XAckCommand.all + XClaimCommand.all
      + XDelExCommand.all
  }
}
