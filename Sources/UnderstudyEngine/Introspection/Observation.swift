// What is observed of commands beyond counting them: how long they take (SLOWLOG, LATENCY, `usec` of INFO commandstats)
// and, for MONITOR, that they ran at all.
//
// Nothing of this happens on the plain way of a request: two gates of the engine, `measured` and `monitors`, send
// requests through `Dispatcher.observedCall`. Time is measured once it is asked for: when `slowlog-log-slower-than` or
// `latency-monitor-threshold` is set to something of its own, or when a client asks for what measuring tells. Until then
// the clock is not read, and the figures are zero.
//
// This file may say `unsafe`. What keeps it safe: it runs within one batch, under the engine's lock.

/// What measuring has brought.
struct Observation {
  var slowLog = SlowLog()
  var latency = LatencyMonitor()
  /// Microseconds of each command, by its identifier.
  var costs: [Int: CommandCost] = [:]
  /// Whether somebody has asked for times.
  var isAskedFor = false
}

/// How long the calls of one command took.
struct CommandCost {
  private(set) var calls: Int64 = 0
  private(set) var microseconds: Int64 = 0
  /// How many took at most 2^n microseconds and more than 2^(n-1).
  private(set) var buckets: [Int64] = []

  mutating func add(_ cost: Int64) {
    calls += 1
    microseconds &+= cost
    let bucket = cost <= 1 ? 0 : 64 - (cost - 1).leadingZeroBitCount
    if buckets.count <= bucket { buckets += Array(repeating: 0, count: bucket + 1 - buckets.count) }
    buckets[bucket] += 1
  }

  /// The upper ends of the buckets that hold any, and how many calls took no longer.
  var cumulative: [(limit: Int64, count: Int64)] {
    var result: [(Int64, Int64)] = []
    var sum: Int64 = 0
    for (index, count) in buckets.enumerated() where count > 0 {
      sum += count
      result.append((1 << Int64(index), sum))
    }
    return result
  }

  /// A time that so many of a hundred calls did not exceed: the upper end of its bucket.
  func percentile(_ percent: Double) -> Int64 {
    let wanted = Double(calls) * percent / 100
    return cumulative.first { Double($0.count) >= wanted }?.limit ?? 0
  }
}

extension EngineState {
  /// Measures from here on.
  mutating func askForTimes() {
    observation.isAskedFor = true
    gates.insert(.measured)
  }

  /// Makes the gate agree with the configuration.
  mutating func followObservation() {
    let isWanted =
      observation.isAskedFor || configuration.latencyThreshold > 0
      || configuration.slowLogThreshold != Configuration().slowLogThreshold && configuration.slowLogThreshold >= 0
    if isWanted { gates.insert(.measured) } else { gates.remove(.measured) }
    observation.slowLog.trim(to: Int(clamping: configuration.slowLogLength))
  }

  /// A command of `session` took so many microseconds.
  mutating func noteCost(
    _ cost: Int64, of entry: DispatchPointer, _ arguments: Arguments, _ session: SessionPointer
  ) {
    observation.costs[unsafe Int(entry.pointee.identifier), default: CommandCost()].add(cost)
    let flags = unsafe entry.pointee.flags
    let threshold = configuration.slowLogThreshold
    if threshold >= 0 && cost >= threshold && configuration.slowLogLength > 0 && !flags.contains(.skipSlowLog) {
      // The calls of a script come from nowhere, and from nobody.
      let isScript = unsafe session.pointee.flags.contains(.script)
      observation.slowLog.add(
        SlowLog.shown(unsafe redacted(entry, arguments)), cost: cost, seconds: nowMicroseconds / 1_000_000,
        address: unsafe isScript ? "?:0" : addresses(of: session).address,
        name: unsafe session.pointee.extras?.name ?? [], limit: Int(clamping: configuration.slowLogLength))
    }
    if configuration.latencyThreshold > 0 && cost / 1000 >= configuration.latencyThreshold {
      observation.latency.add(
        flags.contains(.fast) ? "fast-command" : "command", milliseconds: cost / 1000,
        seconds: nowMicroseconds / 1_000_000)
    }
  }

  /// The arguments of a call with what is secret taken out.
  func redacted(_ entry: DispatchPointer, _ arguments: Arguments) -> [[UInt8]] {
    var shown: [[UInt8]] = []
    for index in 0..<arguments.count { shown.append(arguments[index].copied()) }
    let secret = Array(CommandText.redacted.utf8)
    switch unsafe entry.pointee.name {
    case "auth":
      for index in 1..<shown.count { shown[index] = secret }
    case "acl|setuser": for index in 2..<shown.count { shown[index] = secret }
    case "acl|deluser" where emulates72, "acl|getuser" where emulates72:
      for index in 2..<shown.count { shown[index] = secret }
    case "hello":
      for index in 2..<max(shown.count, 2) where arguments[index].matches("AUTH") {
        for hidden in index + 1..<min(index + 3, shown.count) { shown[hidden] = secret }
        break
      }
    case "migrate":
      var index = 6
      while index < shown.count, !arguments[index].matches("KEYS") {
        let count = arguments[index].matches("AUTH") ? 1 : arguments[index].matches("AUTH2") ? 2 : 0
        for hidden in index + 1..<min(index + 1 + count, shown.count) { shown[hidden] = secret }
        index += 1 + count
      }
    case "config|set":
      for index in stride(from: 2, to: shown.count - 1, by: 2) {
        let directive = Directives.find(arguments[index].text, version: configuration.emulatedVersion)
        if directive?.traits.contains(.sensitive) == true { shown[index + 1] = secret }
      }
    default: break
    }
    return shown
  }
}

extension Context {
  /// The costs of commands that were measured: of all, or of those named and their subcommands.
  func observedCosts(named names: Arguments) -> [(name: String, cost: CommandCost)] {
    var wanted: Set<String> = []
    for index in 0..<names.count { wanted.insert(names[index].text.lowercased()) }
    return engine.observation.costs.sorted { $0.key < $1.key }.compactMap { index, cost in
      let name = unsafe engine.table.all[index].pointee.name
      let container = String(name.prefix { $0 != "|" })
      return wanted.isEmpty || wanted.contains(name) || wanted.contains(container) ? (name, cost) : nil
    }
  }
}

extension Dispatcher {
  /// A transaction that was suspended has ended: what its EXEC cost, if that was measured.
  func noteCost(of transaction: Transaction, _ session: SessionPointer) {
    guard transaction.startedAt >= 0, let entry = unsafe session.pointee.lastCommand else { return }
    unsafe noteCost(since: transaction.startedAt, of: entry, [Array("exec".utf8)], session)
  }

  /// A suspended script has ended: the same.
  func noteCost(since start: Int64, of entry: DispatchPointer, _ command: [[UInt8]], _ session: SessionPointer) {
    var request = RequestQueue()
    unsafe request.append(entry: entry, count: command.count) { index, body in command[index].withBytes(body) }
    unsafe noteCost(since: start, of: request, session)
  }

  /// A suspended command has ended: what it cost, if that is measured.
  func noteCost(since start: Int64, of request: borrowing RequestQueue, _ session: SessionPointer) {
    guard unsafe state.pointee.gates.contains(.measured), let entry = unsafe request.entry(0) else { return }
    let cost = unsafe max(0, state.pointee.clocks.source.monotonicMicroseconds() &- start)
    unsafe state.pointee.noteCost(cost, of: entry, request.arguments(0), session)
  }

  /// Calls a handler, by way of observation if anything observes, or if the client tracks what it reads.
  @inline(__always)
  func perform(
    _ session: SessionPointer, entry: DispatchPointer, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    let gates = unsafe session.pointee.gates.union(state.pointee.gates)
    if gates.isDisjoint(with: [.measured, .monitors, .tracking, .lab]) {
      return unsafe call(session, entry: entry, arguments: arguments, hash: hash, output: output)
    }
    return unsafe observedCall(session, entry: entry, arguments: arguments, hash: hash, output: output)
  }

  @inline(never)
  private func observedCall(
    _ session: SessionPointer, entry: DispatchPointer, arguments: Arguments, hash: UInt64,
    output: UnsafeMutablePointer<ReplyBuffer>
  ) -> DispatchResult {
    let isMeasured = unsafe state.pointee.gates.contains(.measured)
    let isMonitored = unsafe state.pointee.gates.contains(.monitors)
    let flags = unsafe entry.pointee.flags
    // A script is told before the commands that it calls.
    let isScript = unsafe entry.pointee.command.group == .scripting && flags.contains(.skipMonitor)
    if isMonitored && isScript { unsafe state.pointee.feedMonitors(entry, arguments, session) }
    let mark = unsafe output.pointee.mark
    let start = unsafe isMeasured ? state.pointee.clocks.source.monotonicMicroseconds() : 0
    let deadlines = unsafe session.pointee.gates.contains(.lab) ? state.pointee.deadlines(before: entry, arguments, session) : nil
    let result = unsafe carryOut(session, entry: entry, arguments: arguments, hash: hash, output: output)
    if unsafe session.pointee.gates.contains(.tracking) { unsafe rememberKeys(session, entry, arguments) }
    if unsafe session.pointee.gates.contains(.lab) && !session.pointee.flags.isDisjoint(with: [.script, .denyBlocking]) {
      unsafe observeInner(session, entry: entry, arguments: arguments, output: output, mark: mark)
    }
    if let deadlines { unsafe state.pointee.noteLostDeadlines(deadlines, session) }
    // What is suspended or waits is measured when it ends.
    if isMeasured {
      if unsafe session.pointee.flags.isDisjoint(with: [.suspended, .blocked]) {
        let cost = unsafe max(0, state.pointee.clocks.source.monotonicMicroseconds() &- start)
        unsafe state.pointee.noteCost(cost, of: entry, arguments, session)
      } else if unsafe entry.pointee.name == "exec" {
        unsafe session.pointee.extras?.transaction?.startedAt = start
      }
    }
    if isMonitored && flags.isDisjoint(with: [.skipMonitor, .admin]) {
      unsafe state.pointee.feedMonitors(entry, arguments, session)
    }
    if unsafe !state.pointee.afterCommand.isEmpty { unsafe afterCommand(session) }
    return result
  }
}
