// Replay: a recording played back into the engine that holds it: the same requests on as many connections, in the order
// of the recording, and the replies compared. Nobody waits: the engine answers at once, or says that a client is blocked.
//
// The connections are sessions without a transport; ledger, findings and faults know nothing of them. LAB.REPLAY is
// carried out among the engine's tasks, behind the command itself: a request cannot run inside another one.
//
// This file may say `unsafe`. What keeps it safe: sessions are closed at the end of the replay that opened them.

/// A reply that was another one.
package struct ReplayDifference: Sendable {
  /// The line of the recording, from 1.
  package let line: Int
  package let connection: String
  /// The latest request of the connection.
  package let request: String
  package let expected: String
  package let came: String

  package var text: String { "line \(line), \(connection): \(request): expected \(expected), came \(came)" }
}

/// What came of a replay.
package struct ReplayReport: Sendable {
  /// So many differences are told at most.
  package static let limit = 100
  package internal(set) var requests = 0
  package internal(set) var replies = 0
  package internal(set) var differenceCount = 0
  package internal(set) var differences: [ReplayDifference] = []
}

@safe
private struct ReplayConnection {
  let session: SessionPointer
  var frames: [[UInt8]] = []
  var request = ""
}

extension Engine {
  /// Plays a recording back into this engine. Call it under the lock, between commands.
  package func replay(_ text: [UInt8]) throws(TranscriptError) -> ReplayReport {
    let steps = try TranscriptReader.steps(text)
    var connections: [String: ReplayConnection] = [:]
    var report = ReplayReport()
    defer { for connection in connections.values { unsafe endReplay(connection.session) } }
    for step in steps {
      if connections[step.connection] == nil { unsafe connections[step.connection] = ReplayConnection(session: beginReplay()) }
      guard var connection = connections[step.connection] else { continue }
      switch step.action {
      case .open: break
      case .request(let words):
        report.requests += 1
        connection.request = CommandText.text(Array(words.prefix(CommandText.wordLimit)), of: words.count)
        connections[step.connection] = connection
        unsafe ask(connection.session, words, &connections)
        continue
      case .reply(let expected):
        report.replies += 1
        let frame = connection.frames.isEmpty ? nil : connection.frames.removeFirst()
        if frame?.fits(expected) != true {
          report.add(step, connection.request, expected.text, frame.map(Self.shown) ?? "nothing")
        }
      case .silence:
        if let frame = connection.frames.first {
          report.add(step, connection.request, "nothing", Self.shown(frame))
        }
      case .closed:
        let isOver = unsafe !connection.session.pointee.flags.isDisjoint(with: [.closeAfterReply, .killed])
        if !isOver { report.add(step, connection.request, "the end of the connection", "nothing") }
        fallthrough
      case .close:
        unsafe endReplay(connection.session)
        connections[step.connection] = nil
        continue
      }
      connections[step.connection] = connection
    }
    return report
  }

  /// Whether a command has begun that others wait for. Ask it under the lock.
  package var isMidCommand: Bool { unsafe state.pointee.isMidCommand }

  private static func shown(_ frame: [UInt8]) -> String {
    frame.withBytes { TranscriptText.reply($0) }?.text ?? "what is no reply"
  }

  private func beginReplay() -> SessionPointer {
    unsafe state.pointee.internalSessionCount += 1
    let session = unsafe makeSession(flags: .authenticated)
    unsafe session.pointee.gates.subtract([.authentication, .restrictedUser])
    return unsafe session
  }

  private func endReplay(_ session: SessionPointer) {
    unsafe close(session)
    unsafe state.pointee.internalSessionCount -= 1
  }

  /// Has a session ask for something, and takes in what that has anybody read.
  private func ask(_ session: SessionPointer, _ words: [[UInt8]], _ connections: inout [String: ReplayConnection]) {
    var bytes = Array("*\(words.count)\r\n".utf8)
    for word in words { bytes += Array("$\(word.count)\r\n".utf8) + word + [13, 10] }
    let output = UnsafeMutablePointer<ReplyBuffer>.allocate(capacity: 1)
    unsafe output.initialize(to: ReplyBuffer(capacity: 256))
    defer {
      unsafe output.deinitialize(count: 1)
      unsafe output.deallocate()
    }
    var result = unsafe bytes.withUnsafeMutableBytes { unsafe receive(session, $0, into: output) }
    while result == .more { result = unsafe proceed(session, into: output) }
    if result == .close { unsafe session.pointee.flags.insert(.closeAfterReply) }
    var slices = 0
    while unsafe state.pointee.gates.contains(.busy) && slices < 1_000_000 {
      dispatcher.runScriptSlice()
      slices += 1
    }
    runReleased()
    for (name, connection) in connections {
      var came: [UInt8] = []
      // What was pending stands before what the batch wrote.
      if let pending = unsafe connection.session.pointee.pending {
        unsafe pending.pointee.forEachSegment(limit: Int.max) { came += $0.copied() }
        unsafe pending.pointee.removeAll()
      }
      if unsafe connection.session == session { unsafe output.pointee.forEachSegment(limit: Int.max) { came += $0.copied() } }
      let frames = came.withBytes { $0.replies.map { $0.copied() } }
      connections[name]?.frames += frames
    }
  }
}

extension ReplayReport {
  fileprivate mutating func add(_ step: TranscriptStep, _ request: String, _ expected: String, _ came: String) {
    differenceCount += 1
    guard differences.count < Self.limit else { return }
    differences.append(
      ReplayDifference(line: step.line, connection: step.connection, request: request, expected: expected, came: came))
  }
}

extension [UInt8] {
  /// Whether a reply is what was written of one: each freedom that a command may have is written in its own way.
  fileprivate func fits(_ expected: [UInt8]) -> Bool {
    let freedoms: [ReplyFreedom] = [.exact, .any, .unordered, .map, .size, .positive]
    return withBytes { frame in freedoms.contains { TranscriptText.reply(frame, $0) == expected } }
  }
}

// MARK: LAB.REPLAY

extension Engine {
  /// Carries out the replays that were asked for. One of the engine's tasks.
  func runReplays() {
    while unsafe !state.pointee.lab.replays.isEmpty {
      let asked = unsafe state.pointee.lab.replays.removeFirst()
      let session = unsafe asked.session
      guard unsafe state.pointee.controlSessions.contains(session) else { continue }
      do throws(TranscriptError) {
        let report = try replay(asked.text)
        let reply = unsafe Reply(state.pointee.outbox(of: session), version: session.pointee.protocolVersion)
        reply.map(4)
        reply.bulk("requests")
        reply.integer(report.requests)
        reply.bulk("replies")
        reply.integer(report.replies)
        reply.bulk("differences")
        reply.integer(report.differenceCount)
        reply.bulk("first")
        reply.array(report.differences.count)
        for difference in report.differences { reply.bulk(difference.text) }
      } catch {
        let reply = unsafe Reply(state.pointee.outbox(of: session), version: session.pointee.protocolVersion)
        reply.error("ERR line \(error.line) of the recording: \(error.reason)")
      }
      unsafe session.pointee.flags.remove(.blocked)
      unsafe state.pointee.queueRun(session)
    }
  }
}

/// A replay that a control connection has asked for.
@safe
struct AskedReplay {
  let session: SessionPointer
  let text: [UInt8]
}

extension Context {
  /// Has a recording replayed when the command is over; a control connection has its reply then.
  mutating func replay(_ text: [UInt8]) {
    unsafe state.pointee.lab.replays.append(AskedReplay(session: sessionPointer, text: text))
    session.flags.insert(.blocked)
    engine.tellTransport()
    outcome = .blocked
  }
}
