// The commands of the connection family, one file for each lead command.

enum ConnectionCommands {
  static var all: [Command] {
    [
      PingCommand.command, PingCommand.echo, HelloCommand.command, HelloCommand.auth, SelectCommand.command,
      QuitCommand.command, QuitCommand.reset, ClientCommand.command,
    ]
  }
}
