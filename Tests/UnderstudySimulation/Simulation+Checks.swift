// What must hold in a simulation: behind each step what is cheap to look at, now and then everything, and at the end that
// nothing is left of what has gone.

import UnderstudyEngine
import UnderstudyServer
import UnderstudyTestSupport

extension Simulation {
  private func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition && violation == nil { violation = message() }
  }

  /// Replies have come: each answers a request, and what the model knows is what it knows.
  func account(_ client: SimulatedClient) {
    let isOfModel = Self.modelClients.contains(client.number) && setting.hasModel
    let problem = client.account { request, kind, frame in
      replyCount += 1
      return isOfModel ? compare(client, request.arguments, kind, frame) : nil
    }
    if let problem, violation == nil { violation = problem }
  }

  /// Holds a reply against the model's.
  private func compare(
    _ client: SimulatedClient, _ arguments: [CallArgument], _ kind: FrameKind, _ frame: ArraySlice<UInt8>
  ) -> String? {
    if isModelStale { return nil }
    guard let name = arguments.first?.upperText, !["SELECT", "HELLO", "PING"].contains(name) else { return nil }
    if kind == .error, Self.refusals.contains(where: { frame.dropFirst().starts(with: $0.utf8) }) {
      // Not carried out: by now nobody may ask for anything, or there is no memory.
      if name == "EXEC" { client.queued = nil }
      if client.queued != nil { client.isAborted = true }
      return nil
    }
    let now = engine.isEntered ? engine.vitals.now : engine.withLock { engine.vitals.now }
    if name == "MULTI" {
      client.queued = []
      client.isAborted = false
      return kind == .reply ? nil : "client \(client.number): MULTI is answered \(quoted(frame))"
    }
    guard let value = try? RESPValue(parsing: frame) else { return "client \(client.number) reads \(quoted(frame))" }
    if name == "EXEC" {
      defer { client.queued = nil }
      guard let queued = client.queued, case .array(let replies) = value, replies.count == queued.count else {
        return "client \(client.number): EXEC of \(client.queued?.count ?? -1) commands is answered \(value)"
      }
      for (request, reply) in zip(queued, replies) {
        if let problem = compare(client, request, reply, now) { return problem }
      }
      return nil
    }
    if client.queued != nil {
      client.queued?.append(arguments)
      return kind == .queued ? nil : "client \(client.number): \(name) is not queued but answered \(value)"
    }
    return compare(client, arguments, value, now)
  }

  private static let refusals = ["BUSY ", "OOM ", "EXECABORT "]

  private func compare(_ client: SimulatedClient, _ arguments: [CallArgument], _ reply: RESPValue, _ now: Int64) -> String? {
    if case .error(let text) = reply, Self.refusals.contains(where: { text.hasPrefix($0) }) { return nil }
    let expected = model.run(arguments, now: now)
    if expected.fits(reply) { return nil }
    let words = arguments.map(\.description).joined(separator: " ")
    return "client \(client.number): \(words.prefix(300)) is answered \(reply), the model says \(expected)"
  }

  // MARK: Behind each step

  func check(looksAtAll: Bool) {
    if violation != nil { return }
    for client in clients {
      guard let client, client.isStrict, client.connection.phase == .open, client.owedCount > 0 else { continue }
      let vitals = engine.withLock { unsafe engine.vitals(of: client.session) }
      let isFree = !vitals.isStopped && !vitals.hasInput && vitals.unsent == 0
      expect(!isFree || client.waitsForTurn, "client \(client.number) waits for \(client.owedCount) replies, and nothing stops it")
    }
    engine.withLock {
      let (vitals, wait) = (engine.vitals, engine.vitals.waitNow)
      if !vitals.isAsleep, let next = vitals.nextTimer {
        expect(next > wait - 1_000 - 200 * time.pace, "a timer is \(wait - next) µs late")
      }
      if violation == nil && looksAtAll { lookAtAll() }
    }
  }

  private func lookAtAll() {
    let found = engine.invariantViolations()
    expect(found.isEmpty, found.joined(separator: "; "))
    var commands = closedCommands
    for client in clients {
      guard let client, !client.isControl else { continue }
      let vitals = unsafe engine.vitals(of: client.session)
      commands += vitals.commandCount
      guard client.isStrict, client.connection.phase == .open else { continue }
      let (received, sent) = (vitals.bytesReceived, vitals.bytesSent)
      expect(received == client.bytesSent, "client \(client.number) has sent \(client.bytesSent) bytes, the server counts \(received)")
      expect(
        sent <= client.bytesRead + Int64(vitals.unsent),
        "client \(client.number) has read \(client.bytesRead) bytes and \(vitals.unsent) wait, the server counts \(sent)")
    }
    let counted = engine.vitals.commandsProcessed
    expect(counted == commands + embeddedCount, "there were \(commands + embeddedCount) commands, the server counts \(counted)")
  }

  // MARK: The end

  /// Everybody who waits is let go, everybody leaves, all data goes: then nothing may be left.
  func finish() {
    for number in clients.indices { clients[number].map { $0.appetite = .max } }
    time.pace = 1
    for clock in ["data", "wait", "script"] { apply(.control(["LAB.CLOCK", CallArgument(clock), "REAL"]), looksAtAll: false) }
    apply(.control(["LAB.RESET", "FAULTS"]), looksAtAll: false)
    for client in clients {
      guard let client, !client.isControl, clients[client.number] === client else { continue }
      carryOut(client, client.connection.becameWritable())
      if !client.kept.isEmpty, client.connection.phase == .open { apply(.send(client: client.number, requests: []), looksAtAll: false) }
    }
    // Scripts run to their end, pauses and waits are over.
    for _ in 0..<2_000 {
      apply(.time(wall: 1_000, monotonic: 3_600_000_000), looksAtAll: false)
      if engine.withLock({ !engine.vitals.isMidCommand }) { break }
    }
    for _ in 0..<20 { apply(.time(wall: 1_000, monotonic: 3_600_000_000), looksAtAll: false) }
    check(looksAtAll: true)
    owesNothing()
    for number in clients.indices { disconnect(number) }
    settle()
    clean()
    engine.withLock {
      let found = engine.invariantViolations()
      expect(found.isEmpty, "at the end: \(found.joined(separator: "; "))")
      let left = engine.vitals.usedMemory - baseline
      expect(left == 0, "at the end \(left) bytes are left")
    }
  }

  /// Who does not wait for a key has had all answers.
  private func owesNothing() {
    for client in clients {
      guard let client, client.isStrict, client.connection.phase == .open, client.owedCount > 0 else { continue }
      let flags = unsafe client.session.pointee.flags
      expect(
        flags.contains(.blocked),
        "at the end client \(client.number) waits for \(client.owedCount) replies (flags \(String(flags.rawValue, radix: 16)))")
    }
  }

  private func clean() {
    for name in savedModels.keys { try? engine.dropSnapshot(named: name) }
    let calls: [[CallArgument]] = [
      ["CONFIG", "SET", "maxmemory", "0"], ["CONFIG", "SET", "maxmemory-clients", "0"], ["FLUSHALL", "SYNC"],
      ["SCRIPT", "FLUSH", "SYNC"], ["FUNCTION", "FLUSH", "SYNC"], ["SLOWLOG", "RESET"], ["LATENCY", "RESET"], ["ACL", "LOG", "RESET"],
      ["ACL", "DELUSER", "a", "b"],
    ]
    for call in calls { embedded(call) }
    for _ in 0..<10_000 {
      guard let settlement = engine.settle(isDue: true), settlement.due == 0 else { break }
    }
  }
}
