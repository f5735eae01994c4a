// The commands of the hash family, one file for each lead command.

enum HashCommands {
  static var all: [Command] {
    HSetCommand.all + HGetCommand.all + HGetAllCommand.all + [HDelCommand.command] + HIncrByCommand.all
      + [HRandFieldCommand.command, HScanCommand.command]
      + HExpireCommand.all + HTtlCommand.all + HGetExCommand.all
  }
}
