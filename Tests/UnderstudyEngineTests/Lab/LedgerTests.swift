// What the ledger writes down of connections, and the figures that come of it.

import Testing

@testable import UnderstudyEngine

@Suite struct LedgerTests {
  private let harness = EngineHarness()

  init() { harness.engine.withLock { harness.engine.setLedgerLevel(.full) } }

  private func ledger() throws -> LedgerReport {
    try #require(harness.engine.withLock { harness.engine.ledger(of: "default") })
  }

  private func connection(_ index: Int) throws -> ConnectionReport {
    let connections = try ledger().connections
    return try #require(index < connections.count ? connections[index] : nil)
  }

  @Test func commandsAreWrittenDown() throws {
    let client = harness.client()
    client.call("HELLO", "3", "SETNAME", "svc")
    client.call("CLIENT", "SETINFO", "LIB-NAME", "tests")
    client.call("SELECT", "2")
    client.call("SET", "k", "a value with spaces")
    client.call("INCR", "k")
    client.call("NOSUCH", "x")
    client.call("AUTH", "secret")
    let record = try connection(0)
    #expect(record.identity == ClientIdentity(endpoint: "default", name: "svc", library: "tests", user: "default"))
    #expect(record.handshake == ["hello", "client|setinfo", "select"])
    #expect(record.commands.map(\.name).suffix(4) == ["set", "incr", "nosuch", "auth"])
    #expect(record.commands.map(\.ordinal) == Array(1...7))
    let set = try #require(record.commands.first { $0.name == "set" })
    #expect(set.text == "SET k \"a value with spaces\"" && set.key == Array("k".utf8) && set.database == 2)
    #expect(set.reply == .simple && set.bytesSent == 5)
    let increment = try #require(record.commands.first { $0.name == "incr" })
    #expect(increment.error == "ERR value is not an integer or out of range")
    #expect(record.commands.last?.text == "AUTH (redacted)")
    // The database that the handshake chose is the connection's own.
    #expect(record.stateLeft == [])
    client.call("SELECT", "3")
    #expect(try connection(0).stateLeft == [.database])
  }

  @Test func whatTransactionsAndScriptsRunIsWrittenDown() throws {
    let client = harness.client()
    client.call("MULTI")
    client.call("SET", "a", "1")
    client.call("INCR", "a")
    client.call("EXEC")
    client.call("EVAL", "redis.call('set', KEYS[1], 'x') return redis.call('get', KEYS[1])", "1", "s")
    let record = try connection(0)
    #expect(
      record.commands.map { "\($0.place) \($0.name)" } == [
        "direct multi", "queued set", "queued incr", "direct exec", "transaction set", "transaction incr", "direct eval",
        "script set", "script get",
      ])
    let report = try ledger()
    #expect(report.commands.map { "\($0.name) \($0.count)" } == ["eval 1", "exec 1", "get 1", "incr 1", "multi 1", "set 2"])
    #expect(report.scripts.count == 1 && report.scripts.first?.name.utf8.count == 40)
    #expect(report.executions.first { $0.name == "set" && $0.key == Array("s".utf8) }?.count == 1)
  }

  @Test func waitsAreSeen() throws {
    let (one, two) = (harness.client(), harness.client())
    one.call("BLPOP", "list", "0")
    #expect(try ledger().total.blocked == 1)
    #expect(try connection(0).stateLeft == [.blocked])
    #expect(try connection(0).commands.last?.took == nil)
    two.call("RPUSH", "list", "a")
    #expect(one.pending().hasPrefix("*2"))
    #expect(try ledger().total.blocked == 0)
    let command = try #require(try connection(0).commands.last)
    #expect(command.took != nil && command.reply == .array)
    #expect(try connection(0).lane.contains { $0.kind == .blocked })
  }

  @Test func whatIsLeftBehindIsTold() throws {
    var client: HarnessClient? = harness.client()
    client?.call("WATCH", "k")
    client?.call("MULTI")
    client = nil
    let record = try connection(0)
    #expect(record.stateLeft == [.multi, .watch] && record.ending == .client && record.closedAt != nil)
    _ = harness.client().rawAndClose("QUIT\r\n")
    #expect(try connection(1).ending == .server)
  }

  // MARK: Figures

  /// A record with a lane: `i10` is idle until 10, `b20` busy until 20.
  private func record(_ id: UInt64, from start: Int64, _ lane: String, closed: Bool = true) -> ConnectionRecord {
    let record = ConnectionRecord(identifier: id, endpoint: 0, ordinal: Int64(id), level: .full, at: start)
    var time = start
    for part in lane.split(separator: " ") {
      record.enter(part.first == "b" ? .busy : .idle, at: time)
      time = Int64(part.dropFirst()) ?? time
    }
    if closed { record.close(at: time) } else { record.enter(.transaction, at: time) }
    return record
  }

  private func figures(_ records: [ConnectionRecord]) -> String {
    let figures = LedgerFigures.total(records, endpoint: "", until: 1_000)
    return "\(figures.opens) \(figures.peakOpen) \(figures.peakBusy) \(figures.turnover) \(figures.openedWhileIdle)"
  }

  @Test func figuresOfKnownPrograms() {
    // A pool whose connections are used at the same time.
    #expect(figures((1...6).map { record(UInt64($0), from: 0, "b10 i20 b30") }) == "6 6 6 1.0 0")
    // A client for each request, closed, and one for each that is not.
    #expect(figures((0..<20).map { record(UInt64($0), from: Int64($0) * 10, "b\($0 * 10 + 5)") }) == "20 1 1 20.0 0")
    let leaking = (0..<20).map { record(UInt64($0), from: Int64($0) * 10, "b\($0 * 10 + 5) i500", closed: false) }
    #expect(figures(leaking) == "20 20 1 1.0 19")
    #expect(figures([]) == "0 0 0 0.0 0")
  }

  @Test func lanesStayShort() {
    let record = ConnectionRecord(identifier: 1, endpoint: 0, ordinal: 1, level: .full, at: 0)
    for index in 0..<20_000 { record.enter(index % 2 == 0 ? .busy : .idle, at: Int64(index) * 70) }
    let lane = record.lane(until: 2_000_000)
    #expect(lane.count <= ConnectionRecord.laneLimit + 2 && record.laneResolution > 0)
    // It has no holes, and begins and ends where it should.
    #expect(lane.first?.start == 0 && lane.last?.end == 2_000_000)
    for (one, two) in zip(lane, lane.dropFirst()) { #expect(one.end == two.start) }
  }

  @Test func theLedgerIsBounded() throws {
    for _ in 0..<(Ledger.connectionLimit * 3 / 2) { _ = harness.client() }
    let report = try ledger()
    #expect(report.connections.count <= Ledger.connectionLimit * 5 / 4)
    #expect(report.foldedConnections + report.connections.count == Ledger.connectionLimit * 3 / 2)
    #expect(report.figures.map(\.opens).reduce(0, +) == Ledger.connectionLimit * 3 / 2)
    // What only grows does not shrink when records go.
    #expect(report.total.opens == Ledger.connectionLimit * 3 / 2)
    let figures = try #require(harness.engine.withLock { harness.engine.labFigures(of: "default") }).figures
    #expect(figures.opens == Ledger.connectionLimit * 3 / 2 && figures.open == 0)
    let control = harness.control()
    #expect(control.call("LAB.EXPECT", "default", "opens", "\(figures.opens)") == "+OK\r\n")
    #expect(control.call("LAB.WAIT", "default", "opens", "\(figures.opens)", "TIMEOUT", "0") == "+OK\r\n")
  }

  /// Nor does anything grow for ever that a client chooses the names of.
  @Test func namesAreBounded() throws {
    let client = harness.client()
    for index in 0..<20 { client.call("NONE\(index)", "a") }
    #expect(try ledger().commands.map { "\($0.name) \($0.count)" } == ["(unknown) 20"])
    var ledger = Ledger()
    for index in 0..<(Ledger.connectionLimit * 5 / 4 + 1) {
      let record = ConnectionRecord(identifier: UInt64(index), endpoint: 0, ordinal: Int64(index), level: .counters, at: 0)
      record.name = "client-\(index)"
      record.close(at: 1)
      ledger.connections.append(record)
    }
    ledger.foldIfFull([])
    #expect(ledger.folded.count == Ledger.identityLimit + 1)
    #expect(ledger.folded.values.reduce(0) { $0 + $1.opens } + ledger.connections.count == Ledger.connectionLimit * 5 / 4 + 1)
  }

  /// Health checks do nothing but introduce themselves.
  @Test func handshakesAreBounded() throws {
    harness.client().raw(String(repeating: "PING\r\n", count: 10_000))
    #expect(try connection(0).handshake == Array(repeating: "ping", count: ConnectionRecord.handshakeLimit))
    #expect(try connection(0).commandCount == 10_000)
  }

  /// So are the commands that are kept, and what was dropped is told.
  @Test func commandsAreBounded() throws {
    let clients = (0..<10).map { _ in harness.client() }
    let pings = String(repeating: "PING\r\n", count: 1_000)
    for _ in 0..<25 { for client in clients { client.raw(pings) } }
    let report = try ledger()
    #expect(report.connections.allSatisfy { $0.commands.count < 2 * ConnectionRecord.commandLimit })
    #expect(report.connections.allSatisfy { $0.commandCount == 25_000 })
    for connection in report.connections {
      #expect(connection.droppedCommands + Int64(connection.commands.count) == connection.commandCount)
    }
    var total = Ledger()
    let records = (0..<2_000).map {
      ConnectionRecord(identifier: UInt64($0), endpoint: 0, ordinal: Int64($0), level: .full, at: 0)
    }
    total.connections = records
    let command = CommandRecord(
      ordinal: 1, place: .direct, name: "ping", text: "PING", key: nil, database: 0, time: 0, took: nil, bytesReceived: 4)
    for _ in 0..<200 { for record in records { total.append(command, to: record) } }
    #expect(total.commandTotal <= Ledger.commandLimit)
    #expect(total.commandTotal == records.reduce(0) { $0 + $1.commands.count })
  }

  @Test func theJSONIsWellFormed() throws {
    let client = harness.client()
    client.raw(HarnessClient.frame(["SET", "\u{1}<k>\"\\", "\u{7f}"]))
    let json = try ledger().json
    #expect(json.hasPrefix("{\"endpoint\":\"default\",\"time\":") && json.hasSuffix("}"))
    #expect(json.contains(#""key":"\u0001\u003ck>\"\\""#))
  }

  /// At its default level nothing of a command is kept.
  @Test func theDefaultEndpointIsCounted() throws {
    let harness = EngineHarness()
    let client = harness.client()
    for _ in 0..<3 { client.call("PING") }
    let report = try #require(harness.engine.withLock { harness.engine.ledger() })
    #expect(report.total.opens == 1 && report.total.commands == 3)
    #expect(report.connections.first?.commands.isEmpty == true && report.connections.first?.isRecorded == false)
  }
}
