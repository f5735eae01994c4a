// CLUSTER, ASKING, READONLY and READWRITE, as a server knows them whose cluster support is switched off.

enum ClusterCommand {
  private static let flags: CommandFlags = [.stale]
  private static let adminFlags: CommandFlags = [.admin, .stale]
  private static let changing: CommandFlags = [.admin, .stale, .noAsyncLoading]
  private static let perNode = "O(N) where N is the total number of Cluster nodes"
  private static let perSlot = "O(N) where N is the total number of hash slot arguments"
  private static let perRange =
    "O(N) where N is the total number of the slots between the start slot and end slot arguments."
  private static let unordered = ["nondeterministic_output"]
  private static let ranges = Argument.block(
    "start-slot_end-slot", [.integer("start-slot"), .integer("end-slot")]
  ).multiple

  static let command = Command(
    "cluster", .cluster, since: "3.0.0", "Governs a cluster.", complexity: "Depends on subcommand.",
    arity: -2,
    subcommands: telling + changes + [.help(.cluster, since: "5.0.0", refuse)])

  static let connection = [
    Command(
      "asking", .cluster, since: "3.0.0", "Announces a command that was redirected by -ASK.", arity: 1,
      flags: [.fast],
      categories: [.connection], handler: refuse),
    Command(
      "readonly", .cluster, since: "3.0.0", "Lets the connection read from a replica.", arity: 1,
      flags: [.loading, .stale, .fast], categories: [.connection], handler: refuse),
    Command(
      "readwrite", .cluster, since: "3.0.0", "Ends what READONLY began.", arity: 1,
      flags: [.loading, .stale, .fast],
      categories: [.connection], handler: refuse),
  ]

  private static let telling = [
    subcommand("info", "Tells how the cluster is.", 2, tips: unordered),
    subcommand("nodes", "Tells of the nodes.", 2, complexity: perNode, tips: unordered),
    subcommand("myid", "Answers the node's name.", 2),
    subcommand("myshardid", since: "7.2.0", "Answers the name of the node's shard.", 2, tips: unordered),
    subcommand(
      "slots", "Tells which node has which slots.", 2, complexity: perNode, tips: unordered,
      history: [("4.0.0", "Names of nodes."), ("7.0.0", "Further network data.")],
      deprecated: Command.Deprecation(since: "7.0.0", replacement: "`CLUSTER SHARDS`")),
    subcommand(
      "shards", since: "7.0.0", "Tells which shard has which slots.", 2,
      complexity: "O(N) where N is the total number of cluster nodes", tips: unordered),
    subcommand(
      "links", since: "7.0.0", "Tells of the connections between nodes.", 2, complexity: perNode,
      tips: unordered),
    subcommand(
      "keyslot", "Answers the slot of a key.", 3, [.string("key")],
      complexity: "O(N) where N is the number of bytes in the key"),
    subcommand("countkeysinslot", "Counts the keys of a slot.", 3, [.integer("slot")]),
    subcommand(
      "getkeysinslot", "Names keys of a slot.", 4, [.integer("slot"), .integer("count")],
      complexity: "O(log(N)) where N is the number of requested keys", tips: unordered),
    subcommand(
      "replicas", since: "5.0.0", "Tells of a master's replicas.", 3, flags: adminFlags, [.string("node-id")],
      tips: unordered),
    subcommand(
      "slaves", "Tells of a master's replicas: the old name of REPLICAS.", 3, flags: adminFlags,
      [.string("node-id")],
      tips: unordered, deprecated: Command.Deprecation(since: "5.0.0", replacement: "`CLUSTER REPLICAS`")),
    subcommand(
      "count-failure-reports", "Counts who takes a node for failed.", 3, flags: adminFlags,
      [.string("node-id")],
      complexity: "O(N) where N is the number of failure reports", tips: unordered),
  ]

  private static let changes = [
    subcommand(
      "addslots", "Gives the node slots.", -3, flags: changing, [.integer("slot").multiple],
      complexity: perSlot),
    subcommand(
      "addslotsrange", since: "7.0.0", "Gives the node ranges of slots.", -4, flags: changing, [ranges],
      complexity: perRange),
    subcommand(
      "delslots", "Takes slots from the node.", -3, flags: changing, [.integer("slot").multiple],
      complexity: perSlot),
    subcommand(
      "delslotsrange", since: "7.0.0", "Takes ranges of slots from the node.", -4, flags: changing, [ranges],
      complexity: perRange),
    subcommand("flushslots", "Takes all slots from the node.", 2, flags: changing),
    subcommand(
      "setslot", "Says whose a slot is.", -4, flags: changing,
      [
        .integer("slot"),
        .oneOf(
          "subcommand",
          [
            .string("node-id", token: "IMPORTING"), .string("node-id", token: "MIGRATING"),
            .string("node-id", token: "NODE"), .token("STABLE"),
          ]),
      ]),
    subcommand(
      "meet", "Makes another node known.", -4, flags: changing,
      [.string("ip"), .integer("port"), .integer("cluster_bus_port").optional.since("4.0.0")],
      history: [("4.0.0", "The port of the cluster bus may be given.")]),
    subcommand("forget", "Makes the node forget another.", 3, flags: changing, [.string("node-id")]),
    subcommand("replicate", "Makes the node a replica.", 3, flags: changing, [.string("node-id")]),
    subcommand(
      "failover", "Has a replica take its master's place.", -2, flags: changing,
      [.oneOf("options", [.token("FORCE"), .token("TAKEOVER")]).optional]),
    subcommand("bumpepoch", "Moves the epoch on.", 2, flags: changing, tips: unordered),
    subcommand(
      "set-config-epoch", "Sets a new node's epoch.", 3, flags: changing, [.integer("config-epoch")]),
    subcommand("saveconfig", "Has the node keep the cluster's state.", 2, flags: changing),
    subcommand(
      "reset", "Makes the node a new one.", -2, flags: [.admin, .noScript, .stale],
      [.oneOf("hard_soft", [.token("HARD"), .token("SOFT")]).optional],
      complexity:
        "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect."),
  ]

  private static func subcommand(
    _ name: String, since: Version = "3.0.0", _ summary: String, _ arity: Int, flags: CommandFlags = flags,
    _ arguments: [Argument] = [], complexity: String = "O(1)", tips: [String] = [],
    history: [(since: String, change: String)] = [], deprecated: Command.Deprecation? = nil
  ) -> Command {
    Command(
      name, .cluster, since: since, summary, complexity: complexity, arity: arity, flags: flags,
      arguments: arguments,
      tips: tips, history: history, deprecated: deprecated, handler: refuse)
  }

  static func refuse(_ context: inout Context) throws(ReplyError) { throw .clusterDisabled }
}

extension ReplyError {
  static var clusterDisabled: ReplyError { ReplyError("ERR This instance has cluster support disabled") }
}
