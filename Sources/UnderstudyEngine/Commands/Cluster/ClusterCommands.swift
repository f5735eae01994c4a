// The commands of the cluster family.

enum ClusterCommands {
  static var all: [Command] { [ClusterCommand.command] + ClusterCommand.connection }
}
