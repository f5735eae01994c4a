// The directives of encodings, memory, scripts and observation.

extension Directives {
  static let encodings: [Directive] = [
    .integer("hash-max-listpack-entries", \.hashMaxListpackEntries, 0...long).alias("hash-max-ziplist-entries"),
    .memory("hash-max-listpack-value", \.hashMaxListpackValue, 0...limit).alias("hash-max-ziplist-value"),
    .integer("list-max-listpack-size", \.listMaxListpackSize, -2_147_483_648...int).alias("list-max-ziplist-size"),
    .integer("list-compress-depth", 0, 0...int),
    .integer("set-max-intset-entries", \.setMaxIntsetEntries, 0...long),
    .integer("set-max-listpack-entries", \.setMaxListpackEntries, 0...long).since("7.2.0"),
    .memory("set-max-listpack-value", \.setMaxListpackValue, 0...limit).since("7.2.0"),
    .integer("zset-max-listpack-entries", \.zsetMaxListpackEntries, 0...long).alias("zset-max-ziplist-entries"),
    .memory("zset-max-listpack-value", \.zsetMaxListpackValue, 0...limit).alias("zset-max-ziplist-value"),
    .memory("hll-sparse-max-bytes", \.hyperLogLogSparseMaxBytes, 0...limit),
    .memory("stream-node-max-bytes", \.streamNodeMaxBytes, 0...limit),
    .integer("stream-node-max-entries", \.streamNodeMaxEntries, 0...long),
    .choice("sanitize-dump-payload", "no", ["no", "yes", "clients"]),
  ]

  static let memory: [Directive] = [
    .memory("maxmemory", \.maximumMemory, 0...UInt64.max),
    .choice("maxmemory-policy", \.evictionPolicy, EvictionPolicy.allCases.map(\.rawValue)),
    .integer("maxmemory-samples", \.evictionSamples, 1...int),
    .integer("maxmemory-eviction-tenacity", \.evictionTenacity, 0...100),
    Directive("maxmemory-clients", .memoryOrPercent(0...UInt64.max), .text(standard: "0")),
    .integer("lfu-log-factor", \.frequencyLogarithmFactor, 0...int),
    .integer("lfu-decay-time", \.frequencyDecayMinutes, 0...int),
    .integer("active-expire-effort", 1, 1...10),
    .bool("activerehashing", true),
    .bool("jemalloc-bg-thread", true),
    Directive("activedefrag", .special(readDefragmentation), .text(standard: "no"), [.inert]),
    .integer("active-defrag-cycle-min", 1, 1...99), .integer("active-defrag-cycle-max", 25, 1...99),
    .memory("active-defrag-ignore-bytes", 100 << 20, 1...limit),
    .integer("active-defrag-max-scan-fields", 1000, 1...long),
    .integer("active-defrag-threshold-lower", 10, 0...1000),
    .integer("active-defrag-threshold-upper", 100, 0...1000),
    .bool("lazyfree-lazy-eviction", false), .bool("lazyfree-lazy-expire", false),
    .bool("lazyfree-lazy-server-del", false), .bool("lazyfree-lazy-user-del", false),
    .bool("lazyfree-lazy-user-flush", false),
    .integer("tracking-table-max-keys", \.trackingTableLimit, 0...long),
  ]

  static let scripts: [Directive] = [
    .integer("busy-reply-threshold", \.scriptTimeLimit, 0...long).alias("lua-time-limit")
  ]

  static let observation: [Directive] = [
    Directive("notify-keyspace-events", .special(NotificationClass.read), NotificationClass.field),
    .integer("slowlog-log-slower-than", \.slowLogThreshold, -1...long),
    .integer("slowlog-max-len", \.slowLogLength, 0...long),
    .integer("latency-monitor-threshold", \.latencyThreshold, 0...long),
    .bool("latency-tracking", true),
    Directive(
      "latency-tracking-info-percentiles", .special(readPercentiles), .text(standard: "50 99 99.9"),
      [.multiple, .inert]),
  ]

  /// Nothing here moves values about to fill holes; Redis says the same where its allocator cannot.
  @Sendable
  private static func readDefragmentation(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    let text = try Directive("", .bool, .text(standard: "")).read(values)
    if text == Array("yes".utf8) {
      throw DirectiveRefusal(
        """
        Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like \
        the one shipped by default with the Redis source distribution
        """)
    }
    return text
  }

  @Sendable
  private static func readPercentiles(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    var texts: [[UInt8]] = []
    for value in values.given {
      guard let percentile = value.withBytes({ NumberText.parseDouble($0) }) else {
        throw DirectiveRefusal("Invalid latency-tracking-info-percentiles parameters")
      }
      guard percentile >= 0 && percentile <= 100 else {
        throw DirectiveRefusal("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]")
      }
      texts.append(NumberText.withDouble(percentile, style: .shortest) { $0.copied() })
    }
    return Array(texts.joined(separator: [UInt8(ascii: " ")]))
  }
}

extension NotificationClass {
  /// The letters, in the order in which they are shown behind one another.
  private static let letters: [(UInt8, NotificationClass)] = [
    (UInt8(ascii: "g"), .generic), (UInt8(ascii: "$"), .string), (UInt8(ascii: "l"), .list),
    (UInt8(ascii: "s"), .set), (UInt8(ascii: "h"), .hash), (UInt8(ascii: "z"), .sortedSet),
    (UInt8(ascii: "x"), .expired), (UInt8(ascii: "e"), .evicted), (UInt8(ascii: "t"), .stream),
    (UInt8(ascii: "d"), .module), (UInt8(ascii: "n"), .newKey),
  ]
  private static let tail: [(UInt8, NotificationClass)] = [
    (UInt8(ascii: "K"), .keyspaceChannel), (UInt8(ascii: "E"), .keyeventChannel), (UInt8(ascii: "m"), .keyMiss),
  ]

  @Sendable
  static func read(_ values: Directive.Values) throws(DirectiveRefusal) -> [UInt8] {
    guard values.given.count == 1 else { throw DirectiveRefusal("wrong number of arguments") }
    guard let classes = NotificationClass(letters: Array(values.given[0].prefix { $0 != 0 })) else {
      throw DirectiveRefusal("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    }
    // All of them, though CONFIG GET will not show them all.
    return (letters + tail).filter { classes.contains($0.1) }.map(\.0)
  }

  static let field = Directive.Storage.field(
    get: { $0.notifications.text },
    set: { $0.notifications = NotificationClass(letters: $1) ?? [] })

  /// Nil if one of the letters means nothing.
  init?(letters: [UInt8]) {
    self = []
    for letter in letters {
      if letter == UInt8(ascii: "A") {
        formUnion(.all)
      } else if let known = (Self.letters + Self.tail).first(where: { $0.0 == letter }) {
        insert(known.1)
      } else {
        return nil
      }
    }
  }

  /// As CONFIG GET shows them. Beside `A` the class of new keys is not shown: 7.0 has it so.
  var text: [UInt8] {
    var text: [UInt8] = []
    if isSuperset(of: .all) {
      text.append(UInt8(ascii: "A"))
    } else {
      text += Self.letters.filter { contains($0.1) }.map(\.0)
    }
    return text + Self.tail.filter { contains($0.1) }.map(\.0)
  }
}
