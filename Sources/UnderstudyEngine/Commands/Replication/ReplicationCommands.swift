// The commands of replication, as a server without replicas knows them.

enum ReplicationCommands {
  static var all: [Command] { WaitCommand.all + ReplicaOfCommand.all + FailoverCommand.all }
}
