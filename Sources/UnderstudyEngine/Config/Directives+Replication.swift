// The directives of what does not exist here yet: persistence, replication and cluster. They are kept and answered, so
// that files and clients written for redis-server find them.

extension Directives {
  static let persistence: [Directive] = [
    Directive("save", .special(readSave), .text(standard: "3600 1 300 100 60 10000"), [.multiple, .inert]),
    Directive(
      "dbfilename", .text(check: { isPath($0) ? "dbfilename can't be a path, just a filename" : nil }),
      .text(standard: "dump.rdb"), [.protected, .inert]),
    .bool("rdbcompression", \.compressesDumps), .bool("rdbchecksum", true, [.immutable, .inert]),
    .bool("rdb-del-sync-files", false), .bool("rdb-save-incremental-fsync", true),
    .bool("stop-writes-on-bgsave-error", true),
    .bool("appendonly", false),
    Directive(
      "appendfilename", .text(check: { checkFileName($0, "appendfilename", "filename") }),
      .text(standard: "appendonly.aof"), [.immutable, .inert]),
    Directive(
      "appenddirname", .text(check: { checkFileName($0, "appenddirname", "dirname") }),
      .text(standard: "appendonlydir"), [.immutable, .inert]),
    .choice("appendfsync", "everysec", ["everysec", "always", "no"]),
    .bool("no-appendfsync-on-rewrite", false), .bool("aof-load-truncated", true),
    .bool("aof-use-rdb-preamble", true), .bool("aof-rewrite-incremental-fsync", true),
    .bool("aof-timestamp-enabled", false), .bool("aof-disable-auto-gc", false),
    .integer("auto-aof-rewrite-percentage", 100, 0...int),
    .memory("auto-aof-rewrite-min-size", 64 << 20, 0...limit),
    .integer("key-load-delay", 0, -2_147_483_648...int, [.hidden, .inert]),
    .integer("rdb-key-save-delay", 0, -2_147_483_648...int, [.hidden, .inert]),
    .integer("loading-process-events-interval-bytes", 2_097_152, 1024...int, [.hidden, .inert]),
  ]

  static let replication: [Directive] = [
    Directive(
      "replicaof", .special(readReplicaOf), .text(standard: ""), [.immutable, .multiple, .inert]
    ).alias("slaveof"),
    .text("masterauth", "", [.sensitive, .inert]), .text("masteruser", "", [.sensitive, .inert]),
    .bool("replica-serve-stale-data", true).alias("slave-serve-stale-data"),
    .bool("replica-read-only", true).alias("slave-read-only"),
    .bool("replica-lazy-flush", false).alias("slave-lazy-flush"),
    .bool("replica-ignore-maxmemory", true).alias("slave-ignore-maxmemory"),
    .bool("replica-ignore-disk-write-errors", false),
    .bool("replica-announced", true),
    .integer("replica-priority", 100, 0...int).alias("slave-priority"),
    .text("replica-announce-ip").alias("slave-announce-ip"),
    .integer("replica-announce-port", 0, 0...65535).alias("slave-announce-port"),
    .integer("min-replicas-to-write", 0, 0...int).alias("min-slaves-to-write"),
    .integer("min-replicas-max-lag", 10, 0...int).alias("min-slaves-max-lag"),
    Directive("repl-backlog-size", .special(readBacklogSize), .text(standard: "1048576"), [.inert]),
    .integer("repl-backlog-ttl", 3600, 0...long),
    .bool("repl-diskless-sync", true), .integer("repl-diskless-sync-delay", 5, 0...int),
    .integer("repl-diskless-sync-max-replicas", 0, 0...int),
    .choice("repl-diskless-load", "disabled", ["disabled", "on-empty-db", "swapdb"]),
    .bool("repl-disable-tcp-nodelay", false),
    .integer("repl-ping-replica-period", 10, 1...int).alias("repl-ping-slave-period"),
    .integer("repl-timeout", 60, 1...int),
    .choice("propagation-error-behavior", "ignore", ["ignore", "panic", "panic-on-replicas"]),
  ]

  static let cluster: [Directive] = [
    .bool("cluster-enabled", false, [.immutable, .inert]),
    .text("cluster-config-file", "nodes.conf", [.immutable, .inert]),
    .integer("cluster-port", 0, 0...65535, [.immutable, .inert]),
    .integer("cluster-node-timeout", 15000, 0...long),
    .integer("cluster-migration-barrier", 1, 0...int),
    .integer("cluster-replica-validity-factor", 10, 0...int).alias("cluster-slave-validity-factor"),
    .bool("cluster-replica-no-failover", false).alias("cluster-slave-no-failover"),
    .bool("cluster-require-full-coverage", true), .bool("cluster-allow-reads-when-down", false),
    .bool("cluster-allow-pubsubshard-when-down", true), .bool("cluster-allow-replica-migration", true),
    .memory("cluster-link-sendbuf-limit", 0, 0...UInt64.max),
    .text("cluster-announce-ip"),
    Directive("cluster-announce-hostname", .text(check: checkHostName), .text(standard: ""), [.inert]),
    .text("cluster-announce-human-nodename").since("7.2.0"),
    .integer("cluster-announce-port", 0, 0...65535), .integer("cluster-announce-tls-port", 0, 0...65535),
    .integer("cluster-announce-bus-port", 0, 0...65535),
    .choice("cluster-preferred-endpoint-type", "ip", ["ip", "hostname", "unknown-endpoint"]),
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
