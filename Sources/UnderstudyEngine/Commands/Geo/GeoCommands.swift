// The manifest of the commands of geography. Places are members of sorted sets, their scores geohashes.

enum GeoCommands {
  static var all: [Command] {
    [GeoAddCommand.command] + GeoPosCommand.all + GeoSearchCommand.all + GeoRadiusCommand.all
  }
}
