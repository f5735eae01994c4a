// The directives of what does not exist here yet: persistence, replication and cluster. They are kept and answered, so
// that files and clients written for redis-server find them.

extension Directives {
  static let persistence: [Directive] = [
    Directive("save", .special(readSave), .text(standard: "3600 1 300 100 60 10000"), [.multiple, .inert])
      .summary("When the data is saved, as seconds and changes. Nothing is saved here."),
    Directive(
      "dbfilename", .text(check: { isPath($0) ? "dbfilename can't be a path, just a filename" : nil }),
      .text(standard: "dump.rdb"), [.protected, .inert])
      .summary("The name of the dump file."),
    .bool("rdbcompression", \.compressesDumps).summary("Whether DUMP compresses long strings."),
    .bool("rdbchecksum", true, [.immutable, .inert]).summary("Whether dump files end with a checksum."),
    .bool("rdb-del-sync-files", false).summary("Whether dump files made for replicas are removed."),
    .bool("rdb-save-incremental-fsync", true).summary("Whether dump files reach the disk piece by piece."),
    .bool("stop-writes-on-bgsave-error", true).summary("Whether writes are refused after saving has failed."),
    .bool("appendonly", false).summary("Whether commands are written to an append-only file. They are not here."),
    Directive(
      "appendfilename", .text(check: { checkFileName($0, "appendfilename", "filename") }),
      .text(standard: "appendonly.aof"), [.immutable, .inert])
      .summary("The base name of the append-only files."),
    Directive(
      "appenddirname", .text(check: { checkFileName($0, "appenddirname", "dirname") }),
      .text(standard: "appendonlydir"), [.immutable, .inert])
      .summary("The folder of the append-only files."),
    .choice("appendfsync", "everysec", ["everysec", "always", "no"]).summary("When the append-only file reaches the disk."),
    .bool("no-appendfsync-on-rewrite", false).summary("Whether the disk is left alone while a child writes."),
    .bool("aof-load-truncated", true).summary("Whether an append-only file without its end is loaded."),
    .bool("aof-use-rdb-preamble", true).summary("Whether a rewritten append-only file begins with a dump."),
    .bool("aof-rewrite-incremental-fsync", true).summary("Whether a rewritten append-only file reaches the disk piece by piece."),
    .bool("aof-timestamp-enabled", false).summary("Whether the append-only file tells times."),
    .bool("aof-disable-auto-gc", false).summary("Whether old append-only files are kept."),
    .integer("auto-aof-rewrite-percentage", 100, 0...int)
      .summary("The growth, in percent, at which the append-only file is rewritten."),
    .memory("auto-aof-rewrite-min-size", 64 << 20, 0...limit).summary("Below that size the append-only file is not rewritten."),
    .integer("key-load-delay", 0, -2_147_483_648...int, [.hidden, .inert])
      .summary("A delay for each key that is loaded, microseconds, for tests."),
    .integer("rdb-key-save-delay", 0, -2_147_483_648...int, [.hidden, .inert])
      .summary("A delay for each key that is saved, microseconds, for tests."),
    .integer("loading-process-events-interval-bytes", 2_097_152, 1024...int, [.hidden, .inert])
      .summary("After so many bytes of loading clients are looked after."),
  ]

  static let replication: [Directive] = [
    Directive(
      "replicaof", .special(readReplicaOf), .text(standard: ""), [.immutable, .multiple, .inert]
    ).alias("slaveof")
      .summary("The host and port to be a replica of. This server replicates nothing."),
    .text("masterauth", "", [.sensitive, .inert]).summary("The password that a replica tells its master."),
    .text("masteruser", "", [.sensitive, .inert]).summary("The user that a replica is at its master."),
    .bool("replica-serve-stale-data", true).alias("slave-serve-stale-data")
      .summary("Whether a replica that has lost its master answers."),
    .bool("replica-read-only", true).alias("slave-read-only").summary("Whether a replica refuses writes."),
    .bool("replica-lazy-flush", false).alias("slave-lazy-flush").summary("Whether a replica frees its old data in the background."),
    .bool("replica-ignore-maxmemory", true).alias("slave-ignore-maxmemory")
      .summary("Whether a replica leaves eviction to its master."),
    .bool("replica-ignore-disk-write-errors", false).summary("Whether a replica goes on when its disk does not."),
    .bool("replica-announced", true).summary("Whether Sentinel tells of this replica."),
    .integer("replica-priority", 100, 0...int).alias("slave-priority").summary("The rank by which Sentinel promotes replicas."),
    .text("replica-announce-ip").alias("slave-announce-ip").summary("The address that a replica tells its master."),
    .integer("replica-announce-port", 0, 0...65535).alias("slave-announce-port")
      .summary("The port that a replica tells its master."),
    .integer("min-replicas-to-write", 0, 0...int).alias("min-slaves-to-write")
      .summary("With fewer good replicas writes are refused."),
    .integer("min-replicas-max-lag", 10, 0...int).alias("min-slaves-max-lag").summary("How many seconds a good replica may lag."),
    Directive("repl-backlog-size", .special(readBacklogSize), .text(standard: "1048576"), [.inert])
      .summary("How much of what replicas are sent is kept."),
    .integer("repl-backlog-ttl", 3600, 0...long).summary("After so many seconds without replicas the backlog is freed."),
    .bool("repl-diskless-sync", true).summary("Whether replicas get a dump without a file."),
    .integer("repl-diskless-sync-delay", 5, 0...int).summary("How many seconds more replicas are waited for."),
    .integer("repl-diskless-sync-max-replicas", 0, 0...int).summary("With so many replicas nobody is waited for."),
    .choice("repl-diskless-load", "disabled", ["disabled", "on-empty-db", "swapdb"])
      .summary("How a replica loads what it is sent."),
    .bool("repl-disable-tcp-nodelay", false).summary("Whether few large packets go to replicas rather than many small ones."),
    .integer("repl-ping-replica-period", 10, 1...int).alias("repl-ping-slave-period")
      .summary("Every so many seconds replicas are pinged."),
    .integer("repl-timeout", 60, 1...int).summary("After so many silent seconds a link of replication is given up."),
    .choice("propagation-error-behavior", "ignore", ["ignore", "panic", "panic-on-replicas"])
      .summary("What becomes of a replica that cannot do what it is sent."),
  ]

  static let cluster: [Directive] = [
    .bool("cluster-enabled", false, [.immutable, .inert]).summary("Whether the server is a node of a cluster. It is none."),
    .text("cluster-config-file", "nodes.conf", [.immutable, .inert])
      .summary("The file in which a node keeps what it knows of its cluster."),
    .integer("cluster-port", 0, 0...65535, [.immutable, .inert]).summary("The port of the cluster's bus."),
    .integer("cluster-node-timeout", 15000, 0...long).summary("After so many milliseconds a silent node counts as failing."),
    .integer("cluster-migration-barrier", 1, 0...int).summary("How many replicas a master keeps when another has none."),
    .integer("cluster-replica-validity-factor", 10, 0...int).alias("cluster-slave-validity-factor")
      .summary("How old a replica's data may be for it to be promoted."),
    .bool("cluster-replica-no-failover", false).alias("cluster-slave-no-failover")
      .summary("Whether a replica is never promoted by itself."),
    .bool("cluster-require-full-coverage", true).summary("Whether the cluster is down while a slot is nobody's."),
    .bool("cluster-allow-reads-when-down", false).summary("Whether a node reads while the cluster is down."),
    .bool("cluster-allow-pubsubshard-when-down", true).summary("Whether shard channels work while the cluster is down."),
    .bool("cluster-allow-replica-migration", true).summary("Whether replicas go to masters that have none."),
    .memory("cluster-link-sendbuf-limit", 0, 0...UInt64.max)
      .summary("How much may wait to be sent to another node, bytes; 0 for any amount."),
    .text("cluster-announce-ip").summary("The address that the node tells others."),
    Directive("cluster-announce-hostname", .text(check: checkHostName), .text(standard: ""), [.inert])
      .summary("The host name that the node tells others."),
    .text("cluster-announce-human-nodename").since("7.2.0").summary("The name by which people know the node."),
    .integer("cluster-announce-port", 0, 0...65535).summary("The port that the node tells others."),
    .integer("cluster-announce-tls-port", 0, 0...65535).summary("The port of TLS that the node tells others."),
    .integer("cluster-announce-bus-port", 0, 0...65535).summary("The bus port that the node tells others."),
    .choice("cluster-preferred-endpoint-type", "ip", ["ip", "hostname", "unknown-endpoint"])
      .summary("What nodes are called in redirections."),
  ]

  // MARK: Special forms

  /// Pairs of seconds and changes. The first line of a file replaces the default, later ones add to it; none at all
  /// switches saving off.
  @Sendable
  private static func readSave(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    let refusal = DirectiveRefusal("Invalid save parameters")
    guard values.given.count % 2 == 0 else { throw refusal }
    for (index, value) in values.given.enumerated() {
      guard let number = value.withBytes({ NumberText.parseInt64($0) }), number >= (index % 2 == 0 ? 1 : 0),
        number <= int
      else { throw refusal }
    }
    let added = values.given.joined(separator: [UInt8(ascii: " ")])
    guard values.isContinued, !values.current.isEmpty, !values.given.isEmpty else { return Array(added) }
    return values.current + [UInt8(ascii: " ")] + added
  }

  /// A size that is raised to the smallest one there is.
  @Sendable
  private static func readBacklogSize(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    guard values.given.count == 1 else { throw DirectiveRefusal("wrong number of arguments") }
    guard let size = MemorySize.parse(values.given[0]) else { throw DirectiveRefusal("argument must be a memory value") }
    guard (1...limit).contains(size) else {
      throw DirectiveRefusal("argument must be between 1 and \(limit) inclusive")
    }
    return Array(String(max(size, 16_384)).utf8)
  }

  @Sendable
  private static func readReplicaOf(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    guard values.given.count == 2 else { throw DirectiveRefusal("wrong number of arguments") }
    if Directive.lowercased(values.given[0]) == Array("no".utf8),
      Directive.lowercased(values.given[1]) == Array("one".utf8)
    {
      return []
    }
    guard let port = values.given[1].withBytes({ NumberText.parseInt64($0) }), (0...65535).contains(port) else {
      throw DirectiveRefusal("Invalid master port")
    }
    return values.given[0] + [UInt8(ascii: " ")] + values.given[1]
  }

  private static func isPath(_ value: [UInt8]) -> Bool {
    value.contains(UInt8(ascii: "/")) || value == Array(".".utf8) || value == Array("..".utf8)
  }

  private static func checkFileName(_ value: [UInt8], _ name: String, _ what: String) -> String? {
    if value.isEmpty { return "\(name) can't be empty" }
    return isPath(value) ? "\(name) can't be a path, just a \(what)" : nil
  }

  @Sendable
  private static func checkHostName(_ value: [UInt8]) -> String? {
    if value.count >= 256 { return "Hostnames must be less than 256 characters" }
    for byte in value {
      let lower = byte | 32
      let isLetter = lower >= 97 && lower <= 122
      let isDigit = byte >= 48 && byte <= 57
      if !isLetter && !isDigit && byte != UInt8(ascii: "-") && byte != UInt8(ascii: ".") {
        return "Hostnames may only contain alphanumeric characters, hyphens or dots"
      }
    }
    return nil
  }
}
