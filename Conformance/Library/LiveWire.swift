// A server at the other end: connections of the case, and one beside them that prepares, waits and cleans up.

internal import UnderstudyTestSupport

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

package final class LiveWire: Wire {
  package let server: ServerIdentity
  package var isRecorded: Bool { false }
  private let target: Target
  private let database: Int
  private let timeout: Int
  /// What the server holds is left alone, before and behind.
  private let isGuest: Bool
  private var helper: RawClient?
  private var connections: [String: RawClient] = [:]
  /// Those that a client has closed, or that were opened raw or left in the middle: nobody asks them at the end.
  private var unasked: Set<String> = []
  private var job: Job?
  private var configured: [(name: String, value: [UInt8])] = []
  private var resp = RESPVersion.two

  /// - Parameter database: the database that cases on this wire have for themselves
  package init(_ target: Target, _ server: ServerIdentity, database: Int, timeout: Int, isGuest: Bool = false) {
    self.isGuest = isGuest
    self.target = target
    self.server = server
    self.database = database
    self.timeout = timeout
  }

  package var milliseconds: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  package var variables: [String: [UInt8]] { Self.variables(database: database, resp) }

  /// What every case knows from the start: its database, and a word that no case at the same time has.
  static func variables(database: Int, _ resp: RESPVersion) -> [String: [UInt8]] {
    ["db": Array(String(database).utf8), "uid": Array("\(database).\(resp.rawValue)".utf8)]
  }

  // MARK: A case

  package func begin(_ job: Job) throws(WireError) {
    self.job = job
    resp = job.resp
    if !isGuest { try ask(job.item.tags.isAlone ? ["FLUSHALL"] : ["FLUSHDB"]) }
  }

  package func end(_ finally: [[[UInt8]]]) {
    connections = [:]
    unasked = []
    for request in finally { _ = try? ask(request.map { Argument($0) }) }
    for (name, value) in configured.reversed() { _ = try? ask(["CONFIG", "SET", Argument(name), Argument(value)]) }
    configured = []
    if !isGuest { _ = try? ask(job?.item.tags.isAlone == true ? ["FLUSHALL"] : ["FLUSHDB"]) }
    job = nil
  }

  /// Lets the server forget the connection that helps; the next case opens another one.
  package func rest() { helper = nil }

  package func configure(_ name: String, _ value: [UInt8]) throws(WireError) {
    let before = try ask(["CONFIG", "GET", Argument(name)])
    guard case .array(let pair) = before, pair.count == 2, case .bulk(let old) = pair[1] else {
      throw WireError("CONFIG GET \(name) answered \(Notation(before).text)")
    }
    configured.append((name, old))
    let reply = try ask(["CONFIG", "SET", Argument(name), Argument(value)])
    if reply != .simple("OK") { throw WireError("CONFIG SET \(name) answered \(Notation(reply).text)") }
  }

  // MARK: Connections

  package func open(_ connection: String, isRaw: Bool) throws(WireError) {
    connections[connection] = try connect(isRaw ? nil : resp)
    if isRaw { unasked.insert(connection) }
  }

  private func connect(_ resp: RESPVersion?) throws(WireError) -> RawClient {
    do {
      let client = try target.connect(timeout: timeout)
      guard let resp else { return client }
      if resp == .three {
        let reply = try client.command("HELLO", "3")
        if reply.isError { throw WireError("HELLO 3 answered \(Notation(reply).text)") }
      }
      let reply = try client.command("SELECT", Argument(database))
      if reply != .simple("OK") { throw WireError("SELECT \(database) answered \(Notation(reply).text)") }
      return client
    } catch let error as WireError {
      throw error
    } catch {
      throw WireError("\(error)")
    }
  }

  private func client(_ connection: String) throws(WireError) -> RawClient {
    if let client = connections[connection] { return client }
    try open(connection, isRaw: false)
    guard let client = connections[connection] else { throw WireError("no connection \(connection)") }
    return client
  }

  package func send(_ bytes: [UInt8], _ connection: String) throws(WireError) {
    let client = try client(connection)
    do { try client.send(bytes) } catch { throw WireError("\(error)") }
  }

  package func receive(_ connection: String) throws(WireError) -> [UInt8] {
    let client = try client(connection)
    do { return try client.receive() } catch { throw WireError("\(error)") }
  }

  package func hasInput(_ connection: String) throws(WireError) -> Bool {
    let client = try client(connection)
    do { return try client.hasInput() } catch { throw WireError("\(error)") }
  }

  package func receiveUntilClosed(_ connection: String) throws(WireError) -> [UInt8] {
    let client = try client(connection)
    defer { connections[connection] = nil }
    do { return try client.receiveUntilClosed() } catch {
      // A reset is an end too.
      let text = "\(error)"
      if text.contains("errno \(ECONNRESET)") { return [] }
      throw WireError(text)
    }
  }

  package func finish(_ connection: String, _ ending: Step.Ending) {
    switch ending {
    case .close: connections[connection] = nil
    case .halfclose:
      connections[connection]?.halfClose()
      unasked.insert(connection)
    case .reset:
      connections[connection]?.reset()
      connections[connection] = nil
    }
  }

  package func pause(_ connection: String) throws(WireError) {
    // Shorter if something comes unasked.
    let client = try client(connection)
    _ = try? client.hasInput(withinMilliseconds: 2)
  }

  /// A server reads what has come in turn; two round trips on a connection of their own see the end of a turn that began
  /// after everything was sent.
  package func settle() throws(WireError) {
    for _ in 0..<2 { try ask(["PING"]) }
  }

  package func surplus(_ connection: String) throws(WireError) -> [UInt8]? {
    guard let client = connections[connection], !unasked.contains(connection) else { return nil }
    do {
      try client.sendCommand(["PING"])
      let frame = try client.receive()
      switch try RESPValue(parsing: frame) {
      case .simple("PONG"), .simple("QUEUED"), .error: return nil
      case .array([.bulk(Array("pong".utf8)), .bulk([])]): return nil
      default: return frame
      }
    } catch {
      throw WireError("\(error)")
    }
  }

  // MARK: The helping connection

  /// A case may have it closed (by CLIENT KILL and the like): then another one asks.
  @discardableResult
  private func ask(_ request: [Argument]) throws(WireError) -> RESPValue {
    if let helper {
      if let reply = try? helper.command(request) { return reply }
      self.helper = nil
    }
    let client = try connect(.two)
    do {
      let reply = try client.command(request)
      helper = client
      return reply
    } catch {
      throw WireError("\(error)")
    }
  }
}
