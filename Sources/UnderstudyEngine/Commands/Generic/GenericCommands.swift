// The commands of the generic family, which work on keys of any kind: one file for each lead command.

enum GenericCommands {
  static var all: [Command] {
    DelCommand.all + ExistsCommand.all + ExpireCommand.all + TTLCommand.all + KeysCommand.all + [
      ScanCommand.command
    ]
      + RenameCommand.all + CopyCommand.all + [ObjectCommand.command] + SortCommand.all + DumpCommand.all
      + [MigrateCommand.command]
  }
}
