// The commands of the pub/sub family, one file for each lead command.

enum PubSubCommands {
  static var all: [Command] {
    [PublishCommand.command, PublishCommand.shard, PubSubCommand.command] + SubscribeCommand.all
  }
}
