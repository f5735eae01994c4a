// The directives of encodings, memory, scripts and observation.

extension Directives {
  static let encodings: [Directive] = [
    .integer("hash-max-listpack-entries", \.hashMaxListpackEntries, 0...long).alias("hash-max-ziplist-entries")
      .summary("Up to so many fields a hash is kept in its compact form."),
    .memory("hash-max-listpack-value", \.hashMaxListpackValue, 0...limit).alias("hash-max-ziplist-value")
      .summary("The longest field or value of a hash in its compact form, bytes."),
    .integer("list-max-listpack-size", \.listMaxListpackSize, -2_147_483_648...int).alias("list-max-ziplist-size")
      .summary("How large a node of a list grows: elements, or with a minus a class of bytes (-2: 8 KB)."),
    .integer("list-compress-depth", 0, 0...int).summary("How many nodes at the ends of a list stay uncompressed."),
    .integer("set-max-intset-entries", \.setMaxIntsetEntries, 0...long)
      .summary("Up to so many integers a set is kept as a sorted array of them."),
    .integer("set-max-listpack-entries", \.setMaxListpackEntries, 0...long).since("7.2.0")
      .summary("Up to so many members a set is kept in its compact form."),
    .memory("set-max-listpack-value", \.setMaxListpackValue, 0...limit).since("7.2.0")
      .summary("The longest member of a set in its compact form, bytes."),
    .integer("zset-max-listpack-entries", \.zsetMaxListpackEntries, 0...long).alias("zset-max-ziplist-entries")
      .summary("Up to so many members a sorted set is kept in its compact form."),
    .memory("zset-max-listpack-value", \.zsetMaxListpackValue, 0...limit).alias("zset-max-ziplist-value")
      .summary("The longest member of a sorted set in its compact form, bytes."),
    .memory("hll-sparse-max-bytes", \.hyperLogLogSparseMaxBytes, 0...limit)
      .summary("Up to so many bytes a HyperLogLog is kept in its sparse form."),
    .memory("stream-node-max-bytes", \.streamNodeMaxBytes, 0...limit)
      .summary("How many bytes a node of a stream holds; 0 for any number."),
    .integer("stream-node-max-entries", \.streamNodeMaxEntries, 0...long)
      .summary("How many entries a node of a stream holds; 0 for any number."),
    .choice("sanitize-dump-payload", "no", ["no", "yes", "clients"]).summary("Whether RESTORE checks payloads in depth."),
  ]

  static let memory: [Directive] = [
    .memory("maxmemory", \.maximumMemory, 0...UInt64.max).summary("How many bytes data may occupy; 0 for no limit."),
    .choice("maxmemory-policy", \.evictionPolicy, EvictionPolicy.allCases.map(\.rawValue))
      .summary("Which keys go when `maxmemory` is reached."),
    .integer("maxmemory-samples", \.evictionSamples, 1...int).summary("Of how many keys at random the best is evicted."),
    .integer("maxmemory-eviction-tenacity", \.evictionTenacity, 0...100)
      .summary("How much is evicted in one turn; 100 is all that is needed."),
    Directive("maxmemory-clients", .memoryOrPercent(0...UInt64.max), .text(standard: "0"))
      .summary("How much all clients together may occupy, in bytes or as a part of `maxmemory`; 0 for no limit."),
    .integer("lfu-log-factor", \.frequencyLogarithmFactor, 0...int).summary("The higher, the slower a counter of use grows."),
    .integer("lfu-decay-time", \.frequencyDecayMinutes, 0...int)
      .summary("After so many minutes a counter of use shrinks by one; 0 for never."),
    .integer("active-expire-effort", 1, 1...10).summary("How much time is spent on removing expired keys."),
    .bool("activerehashing", true).summary("Whether tables are rehashed while the server is idle."),
    .bool("jemalloc-bg-thread", true).summary("Whether the allocator purges memory in a thread of its own."),
    Directive("activedefrag", .special(readDefragmentation), .text(standard: "no"), [.inert])
      .summary("Whether memory is moved about to fill holes; cannot be switched on here."),
    .integer("active-defrag-cycle-min", 1, 1...99).summary("The least effort of defragmentation, percent of the processor."),
    .integer("active-defrag-cycle-max", 25, 1...99).summary("The greatest effort of defragmentation, percent of the processor."),
    .memory("active-defrag-ignore-bytes", 100 << 20, 1...limit).summary("Below so many bytes in holes nothing is moved."),
    .integer("active-defrag-max-scan-fields", 1000, 1...long).summary("Up to so many elements a container is moved in one go."),
    .integer("active-defrag-threshold-lower", 10, 0...1000).summary("The percentage of holes at which defragmentation begins."),
    .integer("active-defrag-threshold-upper", 100, 0...1000).summary("The percentage of holes at which its effort is greatest."),
    .bool("lazyfree-lazy-eviction", false).summary("Whether evicted values are freed in the background."),
    .bool("lazyfree-lazy-expire", false).summary("Whether expired values are freed in the background."),
    .bool("lazyfree-lazy-server-del", false).summary("Whether values that are overwritten are freed in the background."),
    .bool("lazyfree-lazy-user-del", false).summary("Whether DEL does as UNLINK does."),
    .bool("lazyfree-lazy-user-flush", false).summary("Whether FLUSHALL and FLUSHDB free in the background unless told otherwise."),
    .integer("tracking-table-max-keys", \.trackingTableLimit, 0...long)
      .summary("How many keys are remembered for client-side caching; 0 for any number."),
  ]

  static let scripts: [Directive] = [
    .integer("busy-reply-threshold", \.scriptTimeLimit, 0...long).alias("lua-time-limit")
      .summary("After so many milliseconds of a script other clients are told BUSY; 0 for never.")
  ]

  static let observation: [Directive] = [
    Directive("notify-keyspace-events", .special(NotificationClass.read), NotificationClass.field)
      .summary("Which events of keys are published, as letters; nothing for none."),
    .integer("slowlog-log-slower-than", \.slowLogThreshold, -1...long)
      .summary("Calls of so many microseconds and more go to the slow log; -1 for none."),
    .integer("slowlog-max-len", \.slowLogLength, 0...long).summary("How many calls the slow log keeps."),
    .integer("latency-monitor-threshold", \.latencyThreshold, 0...long)
      .summary("Events of so many milliseconds and more are kept for LATENCY; 0 for none."),
    .bool("latency-tracking", true).summary("Whether the times of each command are kept."),
    Directive(
      "latency-tracking-info-percentiles", .special(readPercentiles), .text(standard: "50 99 99.9"),
      [.multiple, .inert])
      .summary("Which percentiles INFO latencystats tells."),
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
