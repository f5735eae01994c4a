// The manifest: every family of commands there is. A new family is a folder of its own with a `<Family>Commands` list,
// named here; a new command is a file in a family's folder, named in that list. A test greps that none is forgotten.

package enum CommandManifest {
  /// Every declaration, whatever its version.
  package static var all: [Command] {
    ConnectionCommands.all + GenericCommands.all + StringCommands.all + BitmapCommands.all + TransactionCommands.all
      + PubSubCommands.all + ServerCommands.all + ReplicationCommands.all + ClusterCommands.all
      + ScriptingCommands.all
      + ListCommands.all + HashCommands.all + SetCommands.all + SortedSetCommands.all
      + StreamCommands.all + HyperLogLogCommands.all + GeoCommands.all
  }

  /// What the control port understands: a table of its own.
  package static var control: [Command] { ControlCommands.all }
}
