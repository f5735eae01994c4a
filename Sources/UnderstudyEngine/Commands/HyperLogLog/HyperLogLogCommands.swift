// The manifest of the HyperLogLog commands.

enum HyperLogLogCommands {
  static var all: [Command] { PFAddCommand.all + PFDebugCommand.all }
}
