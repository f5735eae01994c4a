// Runs one sequence on two servers in step and compares every reply, and at the end the whole data.
//
// The left server is the oracle: what it answers is right. Each run starts from empty servers and fresh connections, so a
// run depends on its steps alone. A connection of the runner's own, the observer, reads what a comparison needs to know
// (encodings, members) and is never part of the sequence. A new kind of step is a case in `perform`.

import UnderstudyTestSupport

/// What one server said to one step: a reply, or that there was none.
enum Outcome: Sendable, CustomStringConvertible {
  case reply([UInt8], RESPValue)
  case failure(String)

  var description: String {
    switch self {
    case .reply(_, let value): value.description
    case .failure(let reason): "!! \(reason)"
    }
  }

  var value: RESPValue? { if case .reply(_, let value) = self { value } else { nil } }
}

/// Two replies to the same step that should be the same.
struct Mismatch: Sendable {
  /// One line of the transcript: who was asked what, and what the two servers said.
  struct Entry: Sendable {
    var connection: String
    var arguments: [Argument]
    var left: Outcome
    var right: Outcome
  }
  var reason: String
  /// Everything up to and including the differing step.
  var entries: [Entry]
}

/// A server that could not be brought to its first state.
struct RunnerError: Error, CustomStringConvertible {
  var description: String
}

/// One of the two servers and the connections to it.
final class Side {
  let server: any TestServer
  private let unixFirst: Bool
  /// Changes a reply after it came; identity but in the tests of this harness itself.
  var tamper: ([Argument], [UInt8]) -> [UInt8] = { $1 }
  private(set) var connections: [RawClient] = []
  private(set) var observer: RawClient
  private(set) var identifiers: [Argument] = []

  /// - Parameter unixFirst: whether connection 0 is made over the Unix socket and the others over TCP, or the reverse
  init(_ server: any TestServer, unixFirst: Bool = false) throws {
    self.server = server
    self.unixFirst = unixFirst
    observer = try RawClient(server.tcp, timeoutMilliseconds: 20_000)
  }

  func connect(_ number: Int? = nil) throws -> RawClient {
    try RawClient((number == 0) == unixFirst ? server.unix : server.tcp, timeoutMilliseconds: 20_000)
  }

  /// Empties the server and opens fresh connections.
  func reset() throws {
    connections = []
    identifiers = []
    observer = try connect()
    for command in [["FLUSHALL"], ["SCRIPT", "FLUSH"], ["FUNCTION", "FLUSH"], ["CONFIG", "SET"] + Self.defaults] as [[Argument]] {
      let reply = try observer.command(command)
      if reply.isError { throw RunnerError(description: "\(server.name) said to \(command): \(reply)") }
    }
    for number in 0...1 {
      let connection = try connect(number)
      identifiers.append(Argument(try connection.command("CLIENT", "ID").integer ?? 0))
      connections.append(connection)
    }
  }

  /// What sequences may set, as it was.
  private static let defaults: [Argument] = [
    "maxmemory", "0", "maxmemory-policy", "noeviction", "maxmemory-samples", "5", "hz", "10", "lua-time-limit", "5000",
    "activerehashing", "yes", "lazyfree-lazy-user-del", "no", "slowlog-max-len", "128", "slowlog-log-slower-than", "-1",
    "notify-keyspace-events", "",
    "hash-max-listpack-entries", "512", "hash-max-listpack-value", "64", "set-max-intset-entries", "512",
    "zset-max-listpack-entries", "128", "zset-max-listpack-value", "64", "list-max-listpack-size", "-2",
    "stream-node-max-entries", "100", "stream-node-max-bytes", "4096",
  ]

  func ask(_ client: RawClient, _ arguments: [Argument]) -> Outcome {
    do { try client.sendCommand(arguments) } catch { return .failure("\(error)") }
    return answer(client, arguments)
  }

  func answer(_ client: RawClient, _ arguments: [Argument]) -> Outcome {
    do {
      let frame = tamper(arguments, try client.receive())
      return .reply(frame, try RESPValue(parsing: frame))
    } catch {
      return .failure("\(error)")
    }
  }
}

extension RESPValue {
  var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
}

/// Runs sequences on two servers.
struct DifferentialRunner {
  let left: Side
  let right: Side
  let readsPushes: Bool
  /// Whether both servers have a command, by name.
  var isAvailable: (String) -> Bool = { _ in true }

  /// Runs the steps; the first difference ends the run. Nil if there is none.
  func run(_ steps: [Step]) throws -> Mismatch? {
    try left.reset()
    try right.reset()
    var run = Run(runner: self)
    var rest = steps[...]
    while let step = rest.popFirst() {
      var joined = [step]
      while let last = joined.last, last.isJoined, let next = rest.first, next.joins(last) { joined.append(rest.removeFirst()) }
      if let mismatch = joined.count > 1 ? run.pipeline(joined) : try run.perform(step) { return mismatch }
      if run.isOver { return nil }
    }
    return run.compareData()
  }
}

private struct Run {
  let left: Side
  let right: Side
  let runner: DifferentialRunner
  private var entries: [Mismatch.Entry] = []
  /// For each connection in MULTI, what it has queued and how the replies are to be compared.
  private var queued: [[(arguments: [Argument], comparison: Comparison)]?] = [nil, nil]
  private var databases = [0, 0]
  private var markers = 0
  /// Whether the servers hold different data, for a reason that is known.
  private(set) var isOver = false

  init(runner: DifferentialRunner) {
    self.runner = runner
    left = runner.left
    right = runner.right
  }

  mutating func perform(_ step: Step) throws -> Mismatch? {
    switch step.kind {
    case .command:
      if runner.readsPushes { return exchangeWithPushes(step) }
      return exchange(step.connection, step.arguments)
    case .expire:
      guard queued[step.connection] == nil else { return nil }
      if let mismatch = exchange(step.connection, step.arguments) { return mismatch }
      for side in [left, right] { try side.connections[step.connection].waitUntilGone(step.arguments[1]) }
      return nil
    case .scan: return scan(step)
    case .blocking(let waker): return try block(step, waker)
    }
  }

  /// Sends one command to both and compares the replies.
  private mutating func exchange(_ connection: Int, _ arguments: [Argument]) -> Mismatch? {
    let (comparison, followUp) = Comparison.of(arguments)
    let settled = settle(comparison, connection)
    let outcomes = both { $0.ask($0.connections[connection], arguments) }
    let inMulti = queued[connection] != nil
    if let mismatch = compare("\(connection)", arguments, outcomes, settled.comparison, settled.pool, connection) {
      return mismatch
    }
    note(connection, arguments, outcomes.left, comparison)
    guard let followUp, outcomes.left.value?.isError == false else { return nil }
    // Queued or not, it follows its command, so both servers are the same again.
    return inMulti || followUp.count > 1 ? exchange(connection, followUp) : nil
  }

  /// Sends several commands in one write and compares the replies one by one.
  mutating func pipeline(_ steps: [Step]) -> Mismatch? {
    let connection = steps[0].connection
    let bytes = steps.flatMap { encodeCommand($0.arguments) }
    for side in [left, right] { try? side.connections[connection].send(bytes) }
    for step in steps {
      let (comparison, _) = Comparison.of(step.arguments)
      let outcomes = both { $0.answer($0.connections[connection], step.arguments) }
      // What the keys were as this command ran is not known any more.
      let relaxed = comparison.withoutLookingUp
      if let mismatch = compare("\(connection), pipelined", step.arguments, outcomes, relaxed, nil, connection) {
        return mismatch
      }
      note(connection, step.arguments, outcomes.left, comparison)
    }
    return nil
  }

  private func both(_ ask: (Side) -> Outcome) -> (left: Outcome, right: Outcome) { (ask(left), ask(right)) }

  /// Looks up what a comparison depends on, if that can be known now.
  private mutating func settle(
    _ comparison: Comparison, _ connection: Int
  ) -> (comparison: Comparison, pool: Set<String>?) {
    switch comparison {
    case .unorderedIfHashTable(let key, let then):
      if queued[connection] != nil { return (then, nil) }
      let encoding = observe(["OBJECT", "ENCODING", key], connection)?.text
      return (encoding == "hashtable" || encoding == "skiplist" ? then : .exact, nil)
    case .unorderedUnlessIntegers where queued[connection] == nil:
      let limit = observe(["CONFIG", "GET", "set-max-intset-entries"], connection).flatMap { Int(texts($0).last ?? "") }
      return (.unorderedUnlessIntegers(upTo: limit ?? 0), nil)
    case .sample(let command) where queued[connection] == nil:
      return (comparison, observe(command, connection).map { Set(texts($0)) })
    default: return (comparison, nil)
    }
  }

  private func observe(_ command: [Argument], _ connection: Int) -> RESPValue? {
    // Both are asked, since looking leaves traces: events, and when a key was last used.
    let outcomes = [["SELECT", Argument(databases[connection])], command].map { question in
      both { $0.ask($0.observer, question) }
    }
    return outcomes[1].left.value
  }

  /// Adds the step to the transcript and compares.
  private mutating func compare(
    _ name: String, _ arguments: [Argument], _ outcomes: (left: Outcome, right: Outcome), _ comparison: Comparison,
    _ pool: Set<String>?, _ connection: Int?
  ) -> Mismatch? {
    entries.append(.init(connection: name, arguments: arguments, left: outcomes.left, right: outcomes.right))
    let reason: String?
    switch (outcomes.left, outcomes.right) {
    case (.reply(let a, let x), .reply(let b, let y)):
      if a == b {
        reason = nil
      } else if let connection, arguments.first?.upperText == "EXEC", let queue = queued[connection] {
        reason = execDifference(queue, x, y)
      } else {
        reason = comparison.difference(x, y, pool: pool)
      }
    case (.failure, .failure): reason = nil
    default: reason = "one server gave no reply"
    }
    guard let reason else { return nil }
    if let oracle = outcomes.left.value, let ours = outcomes.right.value,
      let known = knownDifference(arguments, comparison.reply(oracle), comparison.reply(ours))
    {
      isOver = isOver || known.endsSequence
      return nil
    }
    return Mismatch(reason: reason, entries: entries)
  }

  private mutating func execDifference(
    _ queue: [(arguments: [Argument], comparison: Comparison)], _ left: RESPValue, _ right: RESPValue
  ) -> String? {
    guard case .array(let a) = left, case .array(let b) = right, a.count == b.count, a.count == queue.count else {
      return "different replies"
    }
    for (index, call) in queue.enumerated() {
      guard let reason = call.comparison.difference(a[index], b[index], pool: nil) else { continue }
      guard let known = knownDifference(call.arguments, a[index], b[index]) else { return "reply \(index + 1): \(reason)" }
      isOver = isOver || known.endsSequence
    }
    return nil
  }

  /// Follows the state of a connection that later comparisons depend on.
  private mutating func note(_ connection: Int, _ arguments: [Argument], _ outcome: Outcome, _ comparison: Comparison) {
    guard let value = outcome.value else { return }
    if value == .simple("QUEUED") {
      queued[connection]?.append((arguments, comparison.withoutLookingUp))
      return
    }
    switch arguments.first?.upperText {
    case "MULTI" where !value.isError: queued[connection] = []
    case "EXEC" where arguments.count == 1, "DISCARD" where arguments.count == 1: queued[connection] = nil
    case "RESET" where !value.isError:
      queued[connection] = nil
      databases[connection] = 0
    case "SELECT" where !value.isError:
      databases[connection] = Int(arguments[1].text ?? "") ?? 0
    default: break
    }
    // A transaction may have selected another database; the server knows best.
    if arguments.first?.upperText == "EXEC", runner.isAvailable("CLIENT INFO") {
      let info = left.ask(left.connections[connection], ["CLIENT", "INFO"]).value?.text ?? ""
      if let field = info.split(separator: " ").first(where: { $0.hasPrefix("db=") }) {
        databases[connection] = Int(field.dropFirst(3)) ?? 0
      }
    }
  }

  /// One step of a sequence with subscriptions: what comes for either connection up to a marker is its outcome.
  private mutating func exchangeWithPushes(_ step: Step) -> Mismatch? {
    markers += 1
    let marker = Argument("marker-\(markers)")
    func frames(_ side: Side, _ client: RawClient) -> Outcome {
      var values: [RESPValue] = []
      do {
        try client.sendCommand(["PING", marker])
        while true {
          let frame = side.tamper(step.arguments, try client.receive())
          let value = try RESPValue(parsing: frame)
          if texts(value).contains(String(decoding: marker.bytes, as: UTF8.self)) { break }
          values.append(value)
        }
      } catch {
        return .failure("\(error)")
      }
      let whole = RESPValue.array(values)
      return .reply(whole.serialized, whole)
    }
    let (comparison, followUp) = Comparison.of(step.arguments)
    let settled = settle(comparison, step.connection)
    for side in [left, right] { try? side.connections[step.connection].sendCommand(step.arguments) }
    for connection in [step.connection, 1 - step.connection] {
      let own = connection == step.connection
      let outcomes = both { frames($0, $0.connections[connection]) }
      let arguments = own ? step.arguments : ["(what", "came", "for", "this", "connection)"]
      let each = own ? settled.comparison : .exact
      if let mismatch = compare("\(connection)", arguments, outcomes, .frames(each: each), own ? settled.pool : nil, nil) {
        return mismatch
      }
      guard own, case .array(let replies) = outcomes.left.value, let reply = replies.first, replies.count == 1 else { continue }
      note(connection, arguments, .reply(reply.serialized, reply), comparison)
    }
    guard let followUp else { return nil }
    return exchangeWithPushes(Step(connection: step.connection, arguments: followUp))
  }

  /// Walks a cursor round on both servers; what was seen must be the same set, nothing left out.
  private mutating func scan(_ step: Step) -> Mismatch? {
    guard queued[step.connection] == nil else { return nil }
    func walk(_ side: Side) -> Outcome {
      var arguments = step.arguments
      var seen: Set<RESPValue> = []
      for _ in 0..<10_000 {
        let outcome = side.ask(side.connections[step.connection], arguments)
        guard case .reply(_, .array(let parts)) = outcome, parts.count == 2, let cursor = parts[0].text,
          let elements = parts[1].elements
        else { return outcome }
        seen.formUnion(elements)
        if cursor == "0" {
          let all = Comparison.unordered.normalised(.array(Array(seen)))
          return .reply(all.serialized, all)
        }
        arguments[1] = Argument(cursor)
      }
      return .failure("the scan did not end in 10,000 steps")
    }
    return compare("\(step.connection)", step.arguments + ["…"], both(walk), .exact, nil, step.connection)
  }

  private mutating func block(_ step: Step, _ waker: [Argument]) throws -> Mismatch? {
    guard queued[step.connection] == nil else { return exchange(step.connection, step.arguments) }
    let other = 1 - step.connection
    var waits: [Bool] = []
    for side in [left, right] {
      let client = side.connections[step.connection]
      do { try client.sendCommand(step.arguments) } catch { continue }
      var blocks = false
      try wait(until: "\(step.arguments) blocks or is answered") {
        blocks = try side.observer.info("clients", "blocked_clients") == "1"
        return try blocks || client.hasInput()
      }
      waits.append(blocks)
    }
    if let mismatch = exchange(other, waker) { return mismatch }
    let unblocking = both { side in
      // The observer is never in a transaction, so this takes effect at once.
      side.ask(side.observer, ["CLIENT", "UNBLOCK", side.identifiers[step.connection]])
    }
    let replies = both { $0.answer($0.connections[step.connection], step.arguments) }
    if let mismatch = compare("\(step.connection)", step.arguments, replies, .exact, nil, step.connection) {
      return mismatch
    }
    return compare("observer", ["CLIENT", "UNBLOCK", "(\(step.connection))"], unblocking, .exact, nil, nil)
  }

  /// Compares everything that the two servers hold, key by key.
  mutating func compareData() -> Mismatch? {
    for database in 0...2 {
      if let mismatch = ask(["SELECT", Argument(database)]) { return mismatch }
      if let mismatch = ask(["KEYS", "*"], .unordered) { return mismatch }
      let keys = left.ask(left.observer, ["KEYS", "*"]).value?.elements ?? []
      for case .bulk(let bytes) in keys {
        if let mismatch = compareKey(Argument(bytes)) { return mismatch }
      }
    }
    return nil
  }

  private mutating func compareKey(_ key: Argument) -> Mismatch? {
    if let mismatch = ask(["TYPE", key]) { return mismatch }
    if let mismatch = ask(["PTTL", key], .within(5000)) { return mismatch }
    if let mismatch = ask(["OBJECT", "ENCODING", key]) { return mismatch }
    switch left.ask(left.observer, ["TYPE", key]).value?.text {
    case "string": return ask(["GET", key])
    case "list": return ask(["LRANGE", key, "0", "-1"])
    case "hash": return ask(["HGETALL", key], .unorderedPairs)
    case "set": return ask(["SMEMBERS", key], .unordered)
    case "zset": return ask(["ZRANGE", key, "0", "-1", "WITHSCORES"])
    case "stream": return ask(["XRANGE", key, "-", "+"]) ?? ask(["XINFO", "STREAM", key, "FULL", "COUNT", "0"], .times)
    default: return nil
    }
  }

  private mutating func ask(_ arguments: [Argument], _ comparison: Comparison = .exact) -> Mismatch? {
    let words = ["OBJECT", "XINFO"].contains(arguments[0].upperText) ? 2 : 1
    let name = arguments.prefix(words).map(\.upperText).joined(separator: " ")
    guard runner.isAvailable(name) else { return nil }
    let outcomes = both { $0.ask($0.observer, arguments) }
    defer { entries.removeLast() }
    return compare("observer", arguments, outcomes, comparison, nil, nil)
  }
}
