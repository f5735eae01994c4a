// The commands of the transactions family, one file for each lead command.

enum TransactionCommands {
  static var all: [Command] { [MultiCommand.command, MultiCommand.exec, MultiCommand.discard, WatchCommand.command, WatchCommand.unwatch] }
}
