// The commands of the sorted set family, one file for each lead command.

enum SortedSetCommands {
  static var all: [Command] {
    let writing = ZAddCommand.all + [ZRemCommand.command] + ZRemRangeCommand.all + ZPopCommand.all
    let reading = ZScoreCommand.all + ZRankCommand.all + ZRangeCommand.all
    return writing + reading + ZUnionCommand.all + [ZRandMemberCommand.command, ZScanCommand.command]
  }
}
